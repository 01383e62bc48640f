"""Where sessions are kept, as the rest of the gateway sees it.

It must never say how: an engine lives in a module of its own behind this protocol.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import msgspec

from tek_gateway.errors import StoreError
from tek_gateway.log.log_rules import CONTEXT_LIMIT, DraftEntry, Entry, Extent, Message, Standing
from tek_protocol.chat import SessionInfo

OWNER = "owner"
"""The principal of clients without a token, where no token is required, and of the token in the
environment."""


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """A conversation of `principal`; `created_at` is an ISO 8601 time in UTC."""

    session_id: str
    session_key: str
    model: str
    created_at: str
    principal: str = OWNER


@dataclass(frozen=True, slots=True)
class StaleSession:
    """A session that nothing is owed in; `used_at` is in seconds since 1970, `size` in bytes."""

    session_id: str
    used_at: float
    size: int


@dataclass(frozen=True, slots=True)
class OwedTurn:
    """A message that was accepted, at `seq` in its log, and whose turn has not ended.

    `accepted_at` is in seconds since 1970. `plain` says that only the connection it came over can
    ever be told of its turn as it grows.
    """

    session_id: str
    seq: int
    request_id: str
    accepted_at: float
    plain: bool = False


@dataclass(frozen=True, slots=True)
class TurnContext:
    """What a turn needs to begin, or to go on; `model` is the one asked for, "" for any."""

    prompt: str
    history: Sequence[Message]
    standing: Standing
    model: str = ""


class Change(msgspec.Struct, frozen=True, gc=False):
    """What happens to one session at once, all of it or nothing: `drafts` follow its log's end."""

    session_id: str
    drafts: Sequence[DraftEntry] = ()
    creates: SessionRecord | None = None
    """The session is made first."""
    title: str | None = None
    """The session is called this from now on."""
    deletes: bool = False
    """The session is deleted, and nothing else happens."""
    once: bool = False
    """Nothing happens if the session has the user's message of the first draft already."""
    owed_since: float | None = None
    """The first draft was accepted then, in seconds since 1970, and a turn is owed for it."""
    plain: bool = False
    """The turn is owed to a plain client."""
    largest: int | None = None
    """Nothing happens, by `SessionFull`, if the session holds more bytes than this already."""
    settles: int | None = None
    """The turn owed for the message at this place ends; nothing happens unless it is owed."""
    ending: str | None = None
    """The turn's starts and deltas fold into the first draft, and readers that have them all get
    this body in its place."""


Result: TypeAlias = tuple[Entry, ...] | StoreError
"""The entries that a change made, none if it did nothing, or why it could not be made."""


class Store(Protocol):
    """Sessions and their logs. What a method has written when it returns outlives SIGKILL.

    Every method raises `StoreError`, and none of them blocks the event loop.
    """

    async def commit(self, changes: Sequence[Change]) -> Sequence[Result]:
        """Make `changes`, in order; one that fails takes along the later ones of its session."""
        ...

    async def find(self, session_id: str, principal: str) -> SessionRecord | None:
        """Return the session of that id, if it is known and the principal's."""
        ...

    async def extent(self, session_id: str, principal: str) -> Extent | None:
        """Return how far the log of a session goes, if it is known and the principal's."""
        ...

    async def page(self, session_id: str, cursor: int) -> Sequence[Entry]:
        """Return the next entries after `cursor`, a bounded number; none at the end of the log."""
        ...

    async def owed(self) -> Sequence[OwedTurn]:
        """Return all messages whose turns have not ended, in order within each session."""
        ...

    async def brief(self, owed: OwedTurn, limit: int = CONTEXT_LIMIT) -> TurnContext:
        """Return what the turn of `owed` needs, with a history of `limit` characters at most."""
        ...

    async def context(self, session_id: str) -> tuple[Message, ...]:
        """Return the latest messages of a session, oldest first, as far as a model reads them.

        A message whose turn is owed is left out.
        """
        ...

    async def knows(self, session_id: str, message_id: str) -> bool:
        """Return whether a session has the user's message of that id."""
        ...

    async def sessions(self, limit: int, principal: str) -> tuple[SessionInfo, ...]:
        """Return the principal's `limit` newest sessions that hold anything, newest first."""
        ...

    async def count(self) -> int:
        """Return how many sessions there are that something was said in."""
        ...

    async def count_of(self, principal: str) -> int:
        """Return how many sessions a principal has, empty ones too."""
        ...

    async def empty_of(self, principal: str, before: float) -> Sequence[str]:
        """Return the principal's sessions, made `before`, that nothing was ever said in."""
        ...

    async def stale(self) -> Sequence[StaleSession]:
        """Return the sessions in which no turn is owed, the one used longest ago first."""
        ...

    async def has_room(self) -> bool:
        """Return whether something can be written, and some more."""
        ...

    async def close(self) -> None:
        """Give up the folder; no other method may be called afterwards."""
        ...
