"""Detection of sleep: the wall clock has moved on, and the monotonic clock has not."""

from collections.abc import Awaitable, Callable

JUMP = 5.0
"""Seconds that the wall clock has to jump ahead; corrections of a clock are smaller."""

_INTERVAL = 0.5
"""Seconds between two checks; with the probe a dead link is found within 3 s of waking up."""


async def jumped(
    wall: Callable[[], float],
    monotonic: Callable[[], float],
    sleep: Callable[[float], Awaitable[None]],
) -> None:
    """Return once `wall` has jumped ahead of `monotonic`."""
    ahead = wall() - monotonic()
    while True:
        await sleep(_INTERVAL)
        before, ahead = ahead, wall() - monotonic()
        if ahead - before > JUMP:
            return
