"""An event loop with a simulated clock: nothing in it waits for real time."""

import asyncio
import selectors
from collections.abc import Callable
from typing import Any

from tek_gateway.errors import StoreError


class _NeverWaiting(selectors.SelectSelector):
    """A selector that returns at once, and records that the loop would wait."""

    def __init__(self, idle: Callable[[float | None], None]) -> None:
        super().__init__()
        self._idle = idle

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready and (timeout is None or timeout > 0):
            self._idle(timeout)
        return ready


class SimulatedLoop(asyncio.SelectorEventLoop):
    """A loop that stops when nothing is ready to run; time passes only in `advance`.

    `problems` has the errors that no task was there to receive.
    """

    def __init__(self) -> None:
        self.problems: list[str] = []
        self._moment = 0.0
        self._due: float | None = None
        super().__init__(_NeverWaiting(self._nothing_to_do))
        self.set_exception_handler(lambda _, context: self._noted(context))

    def time(self) -> float:
        """Return the simulated seconds since the start."""
        return self._moment

    def settle(self) -> None:
        """Run until nothing is ready at the current time."""
        self.run_forever()

    def advance(self, seconds: float) -> None:
        """Let `seconds` pass; timers run at their times."""
        end = self._moment + seconds
        self.settle()
        while self._due is not None and self._moment + self._due <= end:
            self._moment += self._due
            self.settle()
        self._moment = end

    def _nothing_to_do(self, due: float | None) -> None:
        self._due = due
        self.stop()

    def _noted(self, context: dict[str, Any]) -> None:
        if isinstance(context.get("exception"), StoreError):
            return  # of a change that nothing waited for when the gateway was stopped
        self.problems.append(f"{context.get('message')}: {context.get('exception')!r}")
