"""Whether anything is going on in the gateway, so that it can stop when idle."""

import asyncio
from collections.abc import Callable, Generator
from contextlib import contextmanager


class Activity:
    """Counts activities, and calls `on_idle` after `limit` seconds without any; None: never."""

    def __init__(self, limit: float | None, on_idle: Callable[[], None]) -> None:
        self._limit = limit
        self._on_idle = on_idle
        self._count = 0
        self._timer: asyncio.TimerHandle | None = None
        self._rest()

    @contextmanager
    def busy(self) -> Generator[None]:
        """Count one activity while the context lasts."""
        self.close()
        self._count += 1
        try:
            yield
        finally:
            self._count -= 1
            self._rest()

    def close(self) -> None:
        """Cancel the running wait, if any."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _rest(self) -> None:
        if self._limit is not None and self._count == 0:
            self._timer = asyncio.get_running_loop().call_later(self._limit, self._on_idle)
