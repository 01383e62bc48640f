"""The clock, the die and the network, gathered where a test can bring its own.

It must never decide anything.
"""

import asyncio
import random
import time
from dataclasses import dataclass, field
from typing import Protocol

from reconnect_core.io.link import Call, Link
from reconnect_core.io.suspend import jumped
from reconnect_core.io.websocket import dial


class World(Protocol):
    """All that the connection loop asks of the outside."""

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
        """Return an id of 128 bits that was never returned before."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return after `seconds` of monotonic time."""
        ...

    async def woke(self) -> None:
        """Return when the machine has slept, or its clock was set on."""
        ...

    async def dial(self, call: Call) -> Link:
        """Open a link, or raise `DialFailed`."""
        ...


@dataclass(slots=True)
class RealWorld:
    """This machine. A `seed` makes the jitter repeatable; message ids stay unique."""

    seed: int | None = None
    _die: random.Random = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Make the die; spreading load needs no cryptographic chance."""
        self._die = random.Random(self.seed)  # noqa: S311 - jitter is no secret

    def monotonic(self) -> float:
        """Return the monotonic clock, in seconds."""
        return time.monotonic()

    def time(self) -> float:
        """Return the wall clock, in Unix seconds."""
        return time.time()

    def roll(self) -> float:
        """Return the next number of the die."""
        return self._die.random()

    def name(self) -> str:
        """Return 32 hexadecimal digits of the system's chance."""
        return random.SystemRandom().randbytes(16).hex()

    async def sleep(self, seconds: float) -> None:
        """Sleep on the running loop."""
        await asyncio.sleep(seconds)

    async def woke(self) -> None:
        """Watch both clocks."""
        await jumped(self.time, self.monotonic, self.sleep)

    async def dial(self, call: Call) -> Link:
        """Open a WebSocket."""
        return await dial(call)
