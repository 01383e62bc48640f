"""When the list of sessions may have changed. It must never ask for it."""

from reconnect_core import Event, Online, Received, SessionOpened
from tek_protocol.session import ENDING_TYPES


def may_change_sessions(event: Event) -> bool:
    """Return whether the list of sessions may be another one after `event`."""
    match event:
        case Online() | SessionOpened():
            return True
        case Received(envelope=envelope):
            return envelope.type in ENDING_TYPES
        case _:
            return False
