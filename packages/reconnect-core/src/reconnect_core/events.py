"""What can happen to a session, one type each, and the snapshot that every UI draws.

Pure: values only. Times are Unix seconds. It must never hold a token, nor anything mutable.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

import msgspec

from tek_protocol import Envelope, read_object


class Phase(StrEnum):
    """Where the connection is in its cycle."""

    IDLE = "idle"
    CONNECTING = "connecting"
    RESUMING = "resuming"
    ONLINE = "online"
    WAITING = "waiting"
    BLOCKED = "blocked"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Connection:
    """The state of a session's connection at one moment.

    `since` is when `phase` began. `attempt` counts the waits since the last open connection,
    from 0. `retry_at` is when the current wait ends. `reason` says why there is no connection,
    and `mend`, when blocked, what a person can do about it; `is_refused` that the gateway turned
    the token down. `queued` messages wait to be written; `uncertain` ones were written and not
    acknowledged. `gateway` is HOST:PORT.
    """

    phase: Phase = Phase.IDLE
    since: float = 0.0
    attempt: int = 0
    retry_at: float | None = None
    reason: str = ""
    mend: str = ""
    is_refused: bool = False
    last_online: float | None = None
    queued: int = 0
    uncertain: int = 0
    session_id: str = ""
    gateway: str = ""


# ---- The connection --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Connecting:
    """An attempt begins."""

    connection: Connection


@dataclass(frozen=True, slots=True)
class Resuming:
    """The link is open; the gateway brings what was missed. Only with a gateway that can."""

    connection: Connection


@dataclass(frozen=True, slots=True)
class Online:
    """The session is back: messages flow both ways."""

    connection: Connection


@dataclass(frozen=True, slots=True)
class Waiting:
    """The connection is lost or the attempt failed; the next one comes in `delay` seconds."""

    connection: Connection
    delay: float


@dataclass(frozen=True, slots=True)
class Blocked:
    """Trying the same again will hardly help; it is looked at again in `delay` seconds."""

    connection: Connection
    delay: float


@dataclass(frozen=True, slots=True)
class Closed:
    """The session was closed here; the last event."""

    connection: Connection


# ---- The session -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SessionOpened:
    """The gateway named the session; messages go to it from now on."""

    session_id: str


@dataclass(frozen=True, slots=True)
class SessionLost:
    """The gateway does not know the session any more; what comes next is another."""

    session_id: str


@dataclass(frozen=True, slots=True)
class SessionReset:
    """The gateway's log is not the one that was shown: the session comes again from its start."""

    session_id: str


@dataclass(frozen=True, slots=True)
class NotSaved:
    """The storage failed; from now on the outbox lives in memory. It is told once."""

    reason: str


# ---- What was submitted ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Queued:
    """A message waits to be written, perhaps again; `message` is a copy, without the session."""

    id: str
    message: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Sent:
    """A message was handed to the network, which proves nothing yet."""

    id: str


@dataclass(frozen=True, slots=True)
class Accepted:
    """The gateway has the message: it answered it, or its log brought it."""

    id: str


@dataclass(frozen=True, slots=True)
class Interrupted:
    """The rest of the answer will not come: the connection, or the session, is lost."""

    id: str


@dataclass(frozen=True, slots=True)
class Uncertain:
    """A message was sent and the connection lost before any answer: it may have arrived."""

    id: str


@dataclass(frozen=True, slots=True)
class Failed:
    """A message was set aside; the gateway will not take it as it is."""

    id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Discarded:
    """A message was taken out of the outbox on the caller's word."""

    id: str


# ---- What came in ----------------------------------------------------------------------------


class Received(msgspec.Struct, frozen=True):
    """A message from the gateway, of any type; `text` is the whole frame."""

    envelope: Envelope
    text: str

    def json(self) -> dict[str, object]:
        """Return the whole message; raises `ValueError` for numbers or nesting out of range."""
        return read_object(self.text)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A frame that is no JSON object; it was dropped and the connection goes on."""

    size: int
    reason: str


PhaseEvent: TypeAlias = Connecting | Resuming | Online | Waiting | Blocked | Closed
Event: TypeAlias = (
    PhaseEvent
    | SessionOpened
    | SessionLost
    | SessionReset
    | NotSaved
    | Queued
    | Sent
    | Accepted
    | Interrupted
    | Uncertain
    | Failed
    | Discarded
    | Received
    | Unreadable
)
