"""Where sessions are kept, as the rest of the gateway sees it.

It must never say how: an engine lives in a module of its own behind this protocol.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from tek_gateway.log import Draft, Entry, Message
from tek_protocol.chat import SessionInfo


@dataclass(frozen=True, slots=True)
class Session:
    """A conversation; `created_at` is an ISO 8601 time in UTC."""

    session_id: str
    session_key: str
    model: str
    created_at: str


class Store(Protocol):
    """Sessions and their logs. What a method has written when it returns outlives SIGKILL.

    Every method raises `StoreError`, and none of them blocks the event loop.
    """

    async def create(self, session: Session, drafts: Sequence[Draft]) -> tuple[Entry, ...]:
        """Add `session` with the first entries of its log, both or neither."""
        ...

    async def append(self, session_id: str, drafts: Sequence[Draft]) -> tuple[Entry, ...]:
        """Add entries at the end of a known session's log, all or none."""
        ...

    async def find(self, session_id: str) -> Session | None:
        """Return the session of that id, if it is known."""
        ...

    async def context(self, session_id: str) -> tuple[Message, ...]:
        """Return the latest messages of a session, oldest first, as far as a model reads them."""
        ...

    async def sessions(self, limit: int) -> tuple[SessionInfo, ...]:
        """Return the `limit` newest sessions, newest first."""
        ...

    async def count(self) -> int:
        """Return how many sessions there are."""
        ...

    async def close(self) -> None:
        """Give up the folder; no other method may be called afterwards."""
        ...
