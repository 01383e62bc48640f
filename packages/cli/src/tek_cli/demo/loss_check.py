"""Whether anything was lost or duplicated, computed from what was submitted and what was shown.

Pure, and independent of the client that it checks: it looks only at texts and numbers, and not at
what the client says about them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Fate(StrEnum):
    """What became of a message."""

    COMPLETE = "answered completely"
    CUT = "answered up to a point, without gaps"
    UNCERTAIN = "uncertain, and marked so"
    GAP = "answered with a gap"
    DOUBLED = "answered with duplicates"
    LOST = "without an answer"


@dataclass(frozen=True, slots=True)
class Count:
    """A message that asks for the numbers from 1 to `last`, and what was shown for it.

    `is_said_whole` and `is_said_uncertain` are what the client showed its user.
    """

    last: int
    shown: str
    is_said_whole: bool = False
    is_said_uncertain: bool = False

    @property
    def reached(self) -> int:
        """How many numbers were shown."""
        return len(self.shown.split())

    @property
    def fate(self) -> Fate:
        """What became of the message, whatever the client says."""
        numbers = self.shown.split()
        expected = [str(number) for number in range(1, self.last + 1)]
        if numbers == expected:
            return Fate.COMPLETE
        if len(set(numbers)) < len(numbers):
            return Fate.DOUBLED
        if not numbers:
            return Fate.UNCERTAIN if self.is_said_uncertain else Fate.LOST
        is_prefix = numbers == expected[: len(numbers)]
        return Fate.CUT if is_prefix and not self.is_said_whole else Fate.GAP


@dataclass(frozen=True, slots=True)
class Report:
    """What was found; `stored` counts the messages and answers of the session on the gateway."""

    cut: Count
    queued: Count
    sessions: tuple[str, str]
    stored: int

    @property
    def is_same_session(self) -> bool:
        """Whether the session before the outage is the one after it."""
        before, after = self.sessions
        return before == after != ""

    @property
    def lost(self) -> int:
        """How many messages or parts of answers are missing."""
        return self._having(Fate.LOST, Fate.GAP) + max(self._expected - self.stored, 0)

    @property
    def doubled(self) -> int:
        """How many messages or parts of answers exist twice."""
        return self._having(Fate.DOUBLED) + max(self.stored - self._expected, 0)

    @property
    def uncertain(self) -> int:
        """How many messages may or may not have arrived."""
        return self._having(Fate.UNCERTAIN)

    @property
    def is_kept(self) -> bool:
        """Whether the session is the same, with both answers and nothing else."""
        is_answered = self._having(Fate.COMPLETE) == len(self._counts)
        return self.is_same_session and is_answered and not self.lost and not self.doubled

    @property
    def _expected(self) -> int:
        """How many messages and answers the gateway should have."""
        return 2 * len(self._counts)

    def _having(self, *fates: Fate) -> int:
        return sum(each.fate in fates for each in self._counts)

    @property
    def _counts(self) -> Sequence[Count]:
        return (self.cut, self.queued)
