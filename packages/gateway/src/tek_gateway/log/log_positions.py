"""The positions of entries in a log: the numbers they get, and whether a cursor is still valid."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from tek_gateway.log.log_entries import DraftEntry, Entry

SKIP = 2**20
"""How many numbers a session leaves out after an unclean start: more than it may have lost."""

SKIPS = 2**20
"""A session leaves out `SKIP` times a random number from 1 to this. A file restored to an earlier
state does not know which numbers it gave out afterwards, and must not give them out again."""


@dataclass(frozen=True, slots=True)
class Skip:
    """The numbers above `low` up to `high`, left out because a lost tail may have used them."""

    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Extent:
    """How far a log goes: the number of its last entry, and the numbers left out before it."""

    head: int
    skips: Sequence[Skip] = ()


def place_entries(
    session_id: str, head: int, drafts: Iterable[DraftEntry], floor: int = 0
) -> tuple[Entry, ...]:
    """Return `drafts` as the entries after `head`, the `seq` of the last entry or 0.

    All numbers are above `floor`: those up to it were used before, or may have been.
    """
    entries: list[Entry] = []
    for seq, draft in enumerate(drafts, max(head, floor) + 1):
        entries.append(Entry(session_id, seq, head, draft))
        head = seq
    return tuple(entries)


def resume_outcome(cursor: int, extent: Extent | None) -> Literal["resumed", "reset", "lost"]:
    """Return how a client resumes that has applied everything up to `cursor` of a log.

    `extent` is None for a log that does not exist.
    """
    if extent is None:
        return "lost"
    skipped = any(skip.low < cursor <= skip.high for skip in extent.skips)
    return "reset" if skipped or cursor > extent.head else "resumed"
