"""Which widget stands for which item, from one view to the next.

Pure. It must never hold an item longer than it is shown.
"""

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from tek_chat import Exchange, Item

Key: TypeAlias = Hashable


def keys(items: Sequence[Item]) -> list[Key]:
    """Return a name for each item that it keeps while it changes; no name comes twice."""
    seen: Counter[Key] = Counter()
    named: list[Key] = []
    for item in items:
        name = item.id if isinstance(item, Exchange) else (item.kind, item.text)
        seen[name] += 1
        named.append((name, seen[name]))
    return named


@dataclass(frozen=True, slots=True)
class WidgetChange:
    """What to do with widgets: take some away, then add runs, each behind the key before it."""

    removed: tuple[Key, ...]
    added: tuple[tuple[Key | None, tuple[int, ...]], ...]


def change(old: Sequence[Key], new: Sequence[Key]) -> WidgetChange:
    """Return how to get from `old` to `new`; the places that are added are indices in `new`."""
    there = set(new)
    kept = [key for key in old if key in there]
    if kept != [key for key in new if key in set(kept)]:
        kept = []  # in another order: begin again
    staying = set(kept)
    removed = tuple(key for key in old if key not in staying)
    runs: list[tuple[Key | None, tuple[int, ...]]] = []
    before: Key | None = None
    run: list[int] = []
    for place, key in enumerate(new):
        if key not in staying:
            run.append(place)
            continue
        if run:
            runs.append((before, tuple(run)))
            run = []
        before = key
    if run:
        runs.append((before, tuple(run)))
    return WidgetChange(removed, tuple(runs))
