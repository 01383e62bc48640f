"""Events on their way from the connection to whoever iterates, in order and bounded.

It must never drop anything but a phase that a later phase has overtaken.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import get_args

from reconnect_core.events import Event, PhaseEvent, Queued

_PHASES = get_args(PhaseEvent)


class EventQueue:
    """A queue whose filler waits for room, so that a slow reader slows only its own link.

    That a message is queued is a promise: it is handed out once `kept` has returned.
    """

    def __init__(self, limit: int, kept: Callable[[], Awaitable[None]] | None = None) -> None:
        self._events: deque[Event] = deque()
        self._limit = limit
        self._kept = kept or _at_once
        self._is_closed = False
        self._filled = asyncio.Event()
        self._emptied = asyncio.Event()

    @property
    def is_full(self) -> bool:
        """Whether whoever iterates is `limit` events behind."""
        return len(self._events) >= self._limit

    def put(self, event: Event) -> None:
        """Add an event at once; when full, a phase takes the place of the phase before it.

        Without that, a session that nobody reads would grow by two events an attempt, for ever.
        """
        if self._is_closed:
            return
        if self.is_full and isinstance(event, _PHASES) and isinstance(self._events[-1], _PHASES):
            self._events.pop()
        self._events.append(event)
        self._filled.set()

    def close(self) -> None:
        """Take nothing any more, and let whoever iterates come to the end."""
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
            await self._kept()
        event = self._events.popleft()
        if not self.is_full:
            self._emptied.set()
        return event


async def _at_once() -> None:
    """Keep nothing."""
