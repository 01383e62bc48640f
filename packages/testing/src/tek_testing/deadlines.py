"""Time limits for tests, scaled by how slow the machine is at the moment.

A test waits for events. A deadline only ends one that would hang, so it may be generous: it grows
with the load of the machine, and with what a fixed piece of work takes there.
"""

import asyncio
import os
import time
from collections.abc import Callable
from functools import cache
from types import TracebackType

VARIABLE = "TEK_TEST_TIMEOUT_SCALE"
"""Environment variable that replaces the measured slowdown by a number."""

REFERENCE = 0.005
"""Seconds that `_work` takes on an idle machine: CPython 3.11 on a server's core of 2023."""

BUSY = 1.2
"""Slowdown from which a deadline that passes is extended."""

EXTENSION = 2.0
"""What the slowdown counts for in a deadline that is extended."""

CAP = 8.0
"""How many times its nominal seconds a deadline may last, extended or not."""


def slowdown() -> float:
    """Return how many times slower than an idle machine this one is now: 1 to `CAP`.

    It is the larger of two measurements: the time of a fixed piece of work, which shows a slow
    CPU, and the load average of the last minute for each CPU.
    """
    override = os.environ.get(VARIABLE)
    if override is not None:
        return float(override)
    began = time.perf_counter()
    _work()
    took = time.perf_counter() - began
    load = os.getloadavg()[0] / (os.cpu_count() or 1)
    return min(max(1.0, took / REFERENCE, load), CAP)


def scaled(seconds: float) -> float:
    """Return `seconds` on an idle machine as seconds on this one, measured now."""
    return seconds * slowdown()


class Deadline:
    """An `async with` block that raises `TimeoutError` once its time has passed.

    It lasts `seconds` times `slowdown`. If `measure` finds the machine busy when that has passed,
    it is extended, once: the load may be newer than `slowdown`.
    """

    def __init__(self, seconds: float, slowdown: float, measure: Callable[[], float]) -> None:
        self._seconds = seconds
        self._slowdown = slowdown
        self._measure = measure
        self._timeout = asyncio.timeout(None)
        self._timer: asyncio.TimerHandle | None = None

    async def __aenter__(self) -> None:
        """Start the clock."""
        await self._timeout.__aenter__()
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(self._seconds * self._slowdown, self._passed, loop.time())

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop the clock; raises `TimeoutError` if it has cancelled the block."""
        if self._timer is not None:
            self._timer.cancel()
        await self._timeout.__aexit__(kind, error, trace)

    def _passed(self, began: float) -> None:
        loop = asyncio.get_running_loop()
        now = self._measure()
        extended = began + self._seconds * min(now * EXTENSION, CAP)
        if now >= BUSY and extended > loop.time():
            self._timer = loop.call_at(extended, self._end)
        else:
            self._end()

    def _end(self) -> None:
        self._timeout.reschedule(asyncio.get_running_loop().time())


def deadline(seconds: float = 10.0) -> Deadline:
    """Return a limit of `seconds` on an idle machine, for `async with`."""
    return Deadline(seconds, _first_slowdown(), slowdown)


@cache
def _first_slowdown() -> float:
    """Return the slowdown when this process first asked: each frame of a test has a deadline."""
    return slowdown()


def _work() -> int:
    return sum(number * number for number in range(100_000))
