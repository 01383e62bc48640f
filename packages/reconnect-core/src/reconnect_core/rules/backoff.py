"""How long to wait before the next attempt. Pure: the caller passes the random number."""

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Backoff:
    """Exponential growth from `base` to `cap` seconds, plus up to `jitter` of it.

    A connection that stayed open for `stable_after` seconds resets the schedule to attempt 0.
    With 0 seconds, every connection that opens does.
    """

    base: float = 1.0
    cap: float = 30.0
    jitter: float = 0.3
    stable_after: float = 0.0

    def __post_init__(self) -> None:
        """Raise `ValueError` for a schedule with no wait at all or with an endless one."""
        longest = self.cap + self.cap * self.jitter
        finite = math.isfinite(longest) and math.isfinite(self.stable_after)
        if not (finite and 0 < self.base <= self.cap and self.jitter >= 0 <= self.stable_after):
            message = f"a backoff needs 0 < base <= cap, jitter >= 0 and finite seconds: {self}"
            raise ValueError(message)

    def delay(self, attempt: int, roll: float) -> float:
        """Return the seconds to wait before `attempt`, counting from 0; `roll` is in [0, 1).

        `m + m * jitter * roll` with `m = min(base * 2**attempt, cap)`: exponential backoff with
        proportional jitter. The jitter is added after the cap, so that clients which have all
        reached the cap still spread out. The cost is the same for every `attempt`, because no
        power above the cap is computed. Raises `ValueError` for a negative `attempt`.
        """
        if attempt < 0:
            message = f"attempt counts from 0, not from {attempt}"
            raise ValueError(message)
        doublings_to_cap = math.ceil(math.log2(self.cap) - math.log2(self.base))
        grown = self.cap if attempt >= doublings_to_cap else math.ldexp(self.base, attempt)
        mean = min(grown, self.cap)
        return mean + mean * self.jitter * roll
