"""A real gateway to start, kill, freeze and restart, a plain client, a listener that refuses.

It needs no test framework. It must never be imported by the gateway itself.
"""

from tek_gateway.testing.client import Client
from tek_gateway.testing.deadline import TIMEOUT_SCALE, deadline
from tek_gateway.testing.fault_proxy import FaultProxy
from tek_gateway.testing.process import GatewayProcess
from tek_gateway.testing.refusing import (
    AcceptThenClose,
    Close,
    Http,
    Refusal,
    RefusingListener,
    Reset,
)
from tek_gateway.testing.resume_client import ResumeClient, Transcript

__all__ = [
    "TIMEOUT_SCALE",
    "AcceptThenClose",
    "Client",
    "Close",
    "FaultProxy",
    "GatewayProcess",
    "Http",
    "Refusal",
    "RefusingListener",
    "Reset",
    "ResumeClient",
    "Transcript",
    "deadline",
]
