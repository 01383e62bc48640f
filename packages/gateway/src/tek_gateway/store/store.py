"""The protocol of a store: where sessions and their logs are kept."""

from collections.abc import Sequence
from typing import Protocol

from tek_gateway.log.log_entries import Entry, Message
from tek_gateway.log.log_positions import Extent
from tek_gateway.log.message_history import CONTEXT_LIMIT
from tek_gateway.store.changes import Change, Result
from tek_gateway.store.session_records import OwedTurn, SessionRecord, StaleSession, TurnContext
from tek_protocol.chat import SessionInfo


class Store(Protocol):
    """Sessions and their logs. What `commit` has written when it returns survives SIGKILL.

    Every method may raise `StoreError`, and none blocks the event loop.
    """

    async def commit(self, changes: Sequence[Change]) -> Sequence[Result]:
        """Make `changes` in order; after a failed one the later ones of its session fail, too."""
        ...

    async def find(self, session_id: str, principal: str) -> SessionRecord | None:
        """Return the session, or None if it does not exist or is another principal's."""
        ...

    async def extent(self, session_id: str, principal: str) -> Extent | None:
        """Return the extent of a session's log, or None as `find` does."""
        ...

    async def page(self, session_id: str, cursor: int) -> Sequence[Entry]:
        """Return one page of entries after `cursor`; none at the end of the log."""
        ...

    async def owed(self) -> Sequence[OwedTurn]:
        """Return all messages whose turns have not ended, in order within each session."""
        ...

    async def turn_context(self, owed: OwedTurn, limit: int = CONTEXT_LIMIT) -> TurnContext:
        """Return the context of the turn `owed`, with a history of at most `limit` characters."""
        ...

    async def context(self, session_id: str) -> tuple[Message, ...]:
        """Return the latest messages of a session, oldest first, within `CONTEXT_LIMIT`.

        Messages with an owed turn are left out.
        """
        ...

    async def knows(self, session_id: str, message_id: str) -> bool:
        """Return whether a session has the user's message of that id."""
        ...

    async def sessions(self, limit: int, principal: str) -> tuple[SessionInfo, ...]:
        """Return the principal's `limit` newest sessions that are not empty, newest first."""
        ...

    async def count(self) -> int:
        """Return the number of sessions that are not empty."""
        ...

    async def count_of(self, principal: str) -> int:
        """Return the number of the principal's sessions, including empty ones."""
        ...

    async def empty_of(self, principal: str, before: float) -> Sequence[str]:
        """Return the ids of the principal's empty sessions created before `before`."""
        ...

    async def stale(self) -> Sequence[StaleSession]:
        """Return the sessions that owe no turn, ordered by last use, oldest first."""
        ...

    async def has_room(self) -> bool:
        """Return whether the disk has room for more than one commit."""
        ...

    async def close(self) -> None:
        """Release the folder; no other method may be called afterwards."""
        ...
