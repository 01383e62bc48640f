"""Clocks, randomness and the network behind one interface, which tests replace."""

import asyncio
import random
import time
from dataclasses import dataclass, field
from typing import Protocol

from reconnect_core.io.link import Call, Link
from reconnect_core.io.suspend import jumped
from reconnect_core.io.websocket import dial


class World(Protocol):
    """Everything that a session needs from outside."""

    def monotonic(self) -> float:
        """Return seconds that never jump."""
        ...

    def time(self) -> float:
        """Return Unix seconds."""
        ...

    def roll(self) -> float:
        """Return a number in [0, 1)."""
        ...

    def name(self) -> str:
        """Return a new unique id of 128 bits."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return after `seconds` of monotonic time."""
        ...

    async def woke(self) -> None:
        """Return when the machine resumed from sleep, or the wall clock jumped forward."""
        ...

    async def dial(self, call: Call) -> Link:
        """Open a link, or raise `DialFailed`."""
        ...


@dataclass(slots=True)
class RealWorld:
    """This machine. A `seed` makes the jitter repeatable; ids stay unique."""

    seed: int | None = None
    _random: random.Random = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Seed the generator; jitter needs no cryptographic randomness."""
        self._random = random.Random(self.seed)  # noqa: S311 - jitter is no secret

    def monotonic(self) -> float:
        """Return the monotonic clock, in seconds."""
        return time.monotonic()

    def time(self) -> float:
        """Return the wall clock, in Unix seconds."""
        return time.time()

    def roll(self) -> float:
        """Return the next random number."""
        return self._random.random()

    def name(self) -> str:
        """Return 32 random hexadecimal digits from the operating system."""
        return random.SystemRandom().randbytes(16).hex()

    async def sleep(self, seconds: float) -> None:
        """Sleep on the running loop."""
        await asyncio.sleep(seconds)

    async def woke(self) -> None:
        """Compare the two clocks."""
        await jumped(self.time, self.monotonic, self.sleep)

    async def dial(self, call: Call) -> Link:
        """Open a WebSocket."""
        return await dial(call)
