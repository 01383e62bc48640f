"""The part of a chat client that is the same in every user interface.

A UI draws a `View` and submits text to a `Client`. It needs no rules about the connection, and
this package imports no UI toolkit.
"""

from tek_chat.client import Client
from tek_chat.config.settings import Settings, SettingsError, load_settings, settings_path
from tek_chat.local.discovery import Address, Origin, find_address
from tek_chat.open_sessions import Listener
from tek_chat.setup import configured_client
from tek_chat.trace import Trace
from tek_chat.view.steps import (
    Approval,
    Checklist,
    Consent,
    Point,
    Process,
    Progress,
    Question,
    Run,
    Step,
    Todo,
    Tool,
)
from tek_chat.view.view import Answer, Delivery, Ending, Exchange, Item, Kind, Notice, View

__all__ = [
    "Address",
    "Answer",
    "Approval",
    "Checklist",
    "Client",
    "Consent",
    "Delivery",
    "Ending",
    "Exchange",
    "Item",
    "Kind",
    "Listener",
    "Notice",
    "Origin",
    "Point",
    "Process",
    "Progress",
    "Question",
    "Run",
    "Settings",
    "SettingsError",
    "Step",
    "Todo",
    "Tool",
    "Trace",
    "View",
    "configured_client",
    "find_address",
    "load_settings",
    "settings_path",
]
