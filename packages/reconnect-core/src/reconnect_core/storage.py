"""What outlives the process, if somebody keeps it: the outbox, the session and the cursor.

Pure: the shape of it, and a storage in memory. It must never decide when to write.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol, TypeAlias

import msgspec

from reconnect_core.events import Received


class MessageState(StrEnum):
    """How far a message of the outbox has come."""

    QUEUED = "queued"
    SENT = "sent"  # any byte of it may have arrived
    UNCERTAIN = "uncertain"
    FAILED = "failed"


# ---- Changes ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Stored:
    """A message of the outbox, as it is from now on; it replaces one of the same id.

    `text` is JSON. `order` sorts the outbox, and `reason` says why a message failed.
    """

    id: str
    text: str
    place: MessageState
    order: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Removed:
    """A message left the outbox: accepted, or taken back."""

    id: str


@dataclass(frozen=True, slots=True)
class Moved:
    """The session is this one from now on, applied up to `cursor`; 0 starts a copy of it over."""

    session_id: str
    cursor: int


class Applied(msgspec.Struct, frozen=True, gc=False):
    """An entry of the session's log was applied: the cursor is its `seq`.

    A transcript that is made of these and written in the same commit never misses an entry, nor
    has one twice.
    """

    received: Received


Change: TypeAlias = Stored | Removed | Moved | Applied


# ---- Storages --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Contents:
    """What a storage holds of one session; the messages may come in any order."""

    session_id: str = ""
    cursor: int = 0
    messages: Sequence[Stored] = ()


class Storage(Protocol):
    """Keeps one session's outbox, id and cursor. Whatever it raises turns it off, and is told."""

    def load(self, session_id: str) -> Contents:
        """Return what is kept; `session_id` is what the caller asked for, "" for any.

        It is called once, by `Session(…)`, and blocks it: read the file before.
        """
        ...

    async def commit(self, changes: Sequence[Change]) -> None:
        """Write all of `changes`, in order, or none; return when they survive a power loss.

        One call at a time. What is slow belongs into a thread. A commit of `Applied` alone may
        return at once and be written later with others: the gateway has them still. A message
        and the session's id may not, since a frame is written only after their commit.
        """
        ...


@dataclass(slots=True)
class MemoryStorage:
    """Outlives a session and its connections, but not the process."""

    session_id: str = ""
    cursor: int = 0
    messages: dict[str, Stored] = field(default_factory=dict)

    def load(self, session_id: str) -> Contents:
        """Return what is kept of `session_id`, and forget any other."""
        if session_id not in {"", self.session_id}:
            self.session_id, self.cursor, self.messages = session_id, 0, {}
        return Contents(self.session_id, self.cursor, tuple(self.messages.values()))

    async def commit(self, changes: Sequence[Change]) -> None:
        """Take `changes`."""
        for change in changes:
            match change:
                case Stored():
                    self.messages[change.id] = change
                case Removed(message_id):
                    self.messages.pop(message_id, None)
                case Moved(session_id, cursor):
                    self.session_id, self.cursor = session_id, cursor
                case Applied(received):
                    self.cursor = received.envelope.seq or self.cursor
