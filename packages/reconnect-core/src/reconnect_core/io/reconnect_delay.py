"""The wait before an attempt, in one call, for programs that use no `Session`."""

import random

from reconnect_core.rules.backoff import Backoff


def get_reconnect_delay(
    attempt: int,
    roll: float | None = None,
    *,
    base: float = 1.0,
    cap: float = 30.0,
    jitter: float = 0.3,
) -> float:
    """Return the seconds to wait before `attempt`, counting from 0: `Backoff.delay` in one call.

    `roll` is a number in [0, 1) that selects the jitter, 0 for the shortest wait; without it a
    random number is drawn. Raises `ValueError` for a negative `attempt` and for a schedule that
    `Backoff` rejects.
    """
    drawn = random.random() if roll is None else roll  # noqa: S311 - jitter is no secret
    return Backoff(base, cap, jitter).delay(attempt, drawn)
