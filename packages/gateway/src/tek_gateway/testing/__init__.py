"""A real gateway to kill, freeze and restart, clients, and servers that fail as they are told.

It needs no test framework. It must never be imported by the gateway itself.
"""

from tek_gateway.testing.client import Client
from tek_gateway.testing.deadline import TIMEOUT_SCALE, deadline
from tek_gateway.testing.fault_proxy import FaultProxy
from tek_gateway.testing.model_server import Asked, ModelServer, Refused, Streamed
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
    "Asked",
    "Client",
    "Close",
    "FaultProxy",
    "GatewayProcess",
    "Http",
    "ModelServer",
    "Refusal",
    "Refused",
    "RefusingListener",
    "Reset",
    "ResumeClient",
    "Streamed",
    "Transcript",
    "deadline",
]
