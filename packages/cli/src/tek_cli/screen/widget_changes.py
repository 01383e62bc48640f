"""Which widgets to remove and add when a view has other items than the one before. Pure."""

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from tek_chat import Exchange, Item

Key: TypeAlias = Hashable


def item_keys(items: Sequence[Item]) -> list[Key]:
    """Return a key for each item, which stays the same while the item changes; all are unique."""
    seen: Counter[Key] = Counter()
    keys: list[Key] = []
    for item in items:
        key = item.id if isinstance(item, Exchange) else (item.kind, item.text)
        seen[key] += 1
        keys.append((key, seen[key]))
    return keys


@dataclass(frozen=True, slots=True)
class WidgetChange:
    """The widgets to remove, by key, and the runs to add after that.

    A run has the key of the widget that it follows, None for the first, and indices of new items.
    """

    removed: tuple[Key, ...]
    added: tuple[tuple[Key | None, tuple[int, ...]], ...]


def widget_change(old: Sequence[Key], new: Sequence[Key]) -> WidgetChange:
    """Return how to get from the keys `old` to `new`."""
    wanted = set(new)
    kept = [key for key in old if key in wanted]
    if kept != [key for key in new if key in set(kept)]:
        kept = []  # in another order: replace all
    staying = set(kept)
    removed = tuple(key for key in old if key not in staying)
    runs: list[tuple[Key | None, tuple[int, ...]]] = []
    before: Key | None = None
    run: list[int] = []
    for index, key in enumerate(new):
        if key not in staying:
            run.append(index)
            continue
        if run:
            runs.append((before, tuple(run)))
            run = []
        before = key
    if run:
        runs.append((before, tuple(run)))
    return WidgetChange(removed, tuple(runs))
