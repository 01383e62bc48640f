"""What can outlive the process: the outbox, the session's id and the cursor.

Pure: the interface of a storage, and one in memory. `StorageWriter` decides when to write.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol, TypeAlias

import msgspec

from reconnect_core.events import Received


class MessageState(StrEnum):
    """The state of a message in the outbox."""

    QUEUED = "queued"
    SENT = "sent"  # some bytes of it may have arrived
    UNCERTAIN = "uncertain"
    FAILED = "failed"


# ---- Changes ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Stored:
    """A message of the outbox in its new state `place`; it replaces one with the same id.

    `text` is JSON. `order` sorts the outbox, and `reason` says why a message failed.
    """

    id: str
    text: str
    place: MessageState
    order: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Removed:
    """A message left the outbox: accepted or discarded."""

    id: str


@dataclass(frozen=True, slots=True)
class Moved:
    """The session from now on, applied up to `cursor`; with 0 its entries are received again."""

    session_id: str
    cursor: int


class Applied(msgspec.Struct, frozen=True, gc=False):
    """An entry of the session's log was applied: the cursor is its `seq`.

    A transcript written from these in the same commit has every entry exactly once.
    """

    received: Received


Change: TypeAlias = Stored | Removed | Moved | Applied


# ---- Storages --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Contents:
    """What a storage has of one session, with the messages in any order."""

    session_id: str = ""
    cursor: int = 0
    messages: Sequence[Stored] = ()


class Storage(Protocol):
    """Keeps one session's outbox, id and cursor. Any exception disables it (`NotSaved`)."""

    def load(self, session_id: str) -> Contents:
        """Return what is stored; `session_id` is the one that the caller named, "" for any.

        Called once, by `Session(…)`, which it blocks: read the file before that.
        """
        ...

    async def commit(self, changes: Sequence[Change]) -> None:
        """Write all of `changes`, in order, or none; return when they survive a power loss.

        Only one call runs at a time. Do slow work in a thread. A commit of `Applied` alone may
        return at once and be written later with others, because the gateway still has these
        entries. A commit of messages or the session's id may not: a frame is sent after it.
        """
        ...


@dataclass(slots=True)
class MemoryStorage:
    """A storage that outlives the session, but not the process."""

    session_id: str = ""
    cursor: int = 0
    messages: dict[str, Stored] = field(default_factory=dict)

    def load(self, session_id: str) -> Contents:
        """Return what is stored of `session_id`, and forget any other session."""
        if session_id not in {"", self.session_id}:
            self.session_id, self.cursor, self.messages = session_id, 0, {}
        return Contents(self.session_id, self.cursor, tuple(self.messages.values()))

    async def commit(self, changes: Sequence[Change]) -> None:
        """Apply `changes`."""
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
