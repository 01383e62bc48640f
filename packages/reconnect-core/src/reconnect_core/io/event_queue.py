"""Events on their way from the connection to the caller: in order, and bounded."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import get_args

from reconnect_core.events import Event, PhaseEvent, Queued

_PHASES = get_args(PhaseEvent)


class EventQueue:
    """A queue whose producer waits for room, so that a slow caller slows only its own link.

    `Queued` promises that the message is stored, so it is returned only after `flush()`.
    """

    def __init__(self, limit: int, flush: Callable[[], Awaitable[None]] | None = None) -> None:
        self._events: deque[Event] = deque()
        self._limit = limit
        self._flush = flush or _nothing
        self._is_closed = False
        self._filled = asyncio.Event()
        self._emptied = asyncio.Event()

    @property
    def is_full(self) -> bool:
        """Whether the caller is `limit` events behind."""
        return len(self._events) >= self._limit

    def put(self, event: Event) -> None:
        """Add an event now; when full, a phase replaces a phase that is last in the queue.

        Otherwise a session that nobody reads would grow by two events with every attempt.
        """
        if self._is_closed:
            return
        if self.is_full and isinstance(event, _PHASES) and isinstance(self._events[-1], _PHASES):
            self._events.pop()
        self._events.append(event)
        self._filled.set()

    def close(self) -> None:
        """Accept no more events, and let the iteration come to its end."""
        self._is_closed = True
        self._filled.set()

    async def room(self) -> None:
        """Return when there is room for more."""
        while self.is_full:
            self._emptied.clear()
            await self._emptied.wait()

    async def take(self) -> Event | None:
        """Return the oldest event, waiting for one, or None at the end."""
        while not self._events:
            if self._is_closed:
                return None
            self._filled.clear()
            await self._filled.wait()
        if isinstance(self._events[0], Queued):
            await self._flush()
        event = self._events.popleft()
        if not self.is_full:
            self._emptied.set()
        return event


async def _nothing() -> None:
    """There is no storage to wait for."""
