"""Whether the machine has slept: the wall clock has run on, and the monotonic clock has not.

Pure but for the sleep that it is given. It must never read a clock of its own.
"""

from collections.abc import Awaitable, Callable

JUMP = 5.0
"""Seconds by which the wall clock has to run ahead; corrections of a clock are smaller."""

_LOOK = 0.5
"""Seconds between two looks, so that with the probe a dead link is found within 3."""


async def jumped(
    wall: Callable[[], float],
    monotonic: Callable[[], float],
    sleep: Callable[[float], Awaitable[None]],
) -> None:
    """Return once `wall` has jumped ahead of `monotonic`."""
    ahead = wall() - monotonic()
    while True:
        await sleep(_LOOK)
        before, ahead = ahead, wall() - monotonic()
        if ahead - before > JUMP:
            return
