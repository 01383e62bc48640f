"""The events of a session, one type each, and the state of its connection.

Pure: immutable values, none of which contains a token. Times are Unix seconds.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

import msgspec

from tek_protocol import Envelope, read_object


class Phase(StrEnum):
    """The phase of the connection."""

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
    and `mend`, when blocked, what the user can do; `is_refused` means that the gateway rejected
    the token. `queued` is the number of messages to be written, and `uncertain` of those that
    were written and never acknowledged. `gateway` is HOST:PORT, and `resumes` means that it keeps
    the session's log.
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
    resumes: bool = False


# ---- The connection --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Connecting:
    """A connection attempt starts."""

    connection: Connection


@dataclass(frozen=True, slots=True)
class Resuming:
    """The link is open, and a gateway that supports resumption sends what was missed."""

    connection: Connection


@dataclass(frozen=True, slots=True)
class Online:
    """The session is connected: messages flow both ways."""

    connection: Connection


@dataclass(frozen=True, slots=True)
class Waiting:
    """The connection was lost or the attempt failed; the next attempt is in `delay` seconds."""

    connection: Connection
    delay: float


@dataclass(frozen=True, slots=True)
class Blocked:
    """A retry is unlikely to help until the user acts; the next one is in `delay` seconds."""

    connection: Connection
    delay: float


@dataclass(frozen=True, slots=True)
class Closed:
    """The session was closed by `close()`; the last event."""

    connection: Connection


# ---- The session -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SessionOpened:
    """The gateway named the session; messages go to it from now on."""

    session_id: str


@dataclass(frozen=True, slots=True)
class SessionLost:
    """The gateway no longer has the session; what follows belongs to a new one."""

    session_id: str


@dataclass(frozen=True, slots=True)
class SessionReset:
    """The gateway's log differs from the copy here: the whole session is received again."""

    session_id: str


@dataclass(frozen=True, slots=True)
class NotSaved:
    """The storage failed, and the outbox is in memory from now on. Published once."""

    reason: str


# ---- Messages of the client ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Queued:
    """A message is queued, perhaps again; `message` is a copy, without the session's id."""

    id: str
    message: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Sent:
    """A message was written to the network; it may not have arrived."""

    id: str


@dataclass(frozen=True, slots=True)
class Accepted:
    """The gateway has the message: it answered it, or its log contains it."""

    id: str


@dataclass(frozen=True, slots=True)
class Interrupted:
    """The rest of the answer will not arrive: the connection or the session is lost."""

    id: str


@dataclass(frozen=True, slots=True)
class Uncertain:
    """A message was sent, and the connection lost before an answer: it may have arrived."""

    id: str


@dataclass(frozen=True, slots=True)
class Failed:
    """The gateway does not accept the message; it is kept until resent or discarded."""

    id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Discarded:
    """A message was removed from the outbox by the caller."""

    id: str


# ---- Messages of the gateway -----------------------------------------------------------------


# One is created for every frame, and none can be part of a cycle: no garbage collection.
class Received(msgspec.Struct, frozen=True, gc=False):
    """A message from the gateway, of any type; `text` is the whole frame."""

    envelope: Envelope
    text: str

    def json(self) -> dict[str, object]:
        """Return the whole message; raises `ValueError` for numbers or nesting out of range."""
        return read_object(self.text)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A frame that is not a JSON object. It was dropped, and the connection continues."""

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
