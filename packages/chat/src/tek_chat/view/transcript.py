"""The items of a session, an immutable sequence whose changes cost the same at any length."""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice, takewhile
from typing import Self, TypeAlias, overload

from tek_chat.view.items import Delivery, Exchange, Item, Kind, Notice

_Page: TypeAlias = tuple[Item, ...]

_PAGE = 128
"""Items on a page. A change copies one page and the list of pages: at 10,000 items, about as much
of each."""

_LOOK_BACK = 8
"""The number of trailing notices that are searched for an equal one."""


class Transcript(Sequence[Item]):
    """An immutable sequence in pages; every page but the last is full.

    `open` is the delivery state of each message without a complete answer, by its id.
    """

    __slots__ = ("_pages", "open")

    def __init__(self, items: Iterable[Item] = ()) -> None:
        self._pages = _paged(items)
        self.open: Mapping[str, Delivery] = {
            each.id: each.delivery
            for each in self
            if isinstance(each, Exchange) and each.delivery is not Delivery.ANSWERED
        }

    # ---- A sequence --------------------------------------------------------------------------

    def __len__(self) -> int:
        return (len(self._pages) - 1) * _PAGE + len(self._pages[-1]) if self._pages else 0

    @overload
    def __getitem__(self, index: int) -> Item: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Item, ...]: ...
    def __getitem__(self, index: int | slice) -> Item | tuple[Item, ...]:
        places = range(len(self))[index]
        if isinstance(places, range):
            return tuple(self._at(place) for place in places)
        return self._at(places)

    def __iter__(self) -> Iterator[Item]:
        return chain.from_iterable(self._pages)

    def __reversed__(self) -> Iterator[Item]:
        return chain.from_iterable(reversed(page) for page in reversed(self._pages))

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Transcript):
            return self._pages == other._pages
        return tuple(self) == other

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({tuple(self)!r})"

    def below(self, message_id: str) -> Iterator[Item]:
        """Yield the items after the latest exchange of `message_id`, last first."""
        for each in reversed(self):
            if isinstance(each, Exchange) and each.id == message_id:
                return
            yield each

    # ---- The next one ------------------------------------------------------------------------

    def exchange(self, message_id: str) -> Exchange | None:
        """Return the latest exchange of `message_id`, searching from the end."""
        for each in reversed(self):
            if isinstance(each, Exchange) and each.id == message_id:
                return each
        return None

    def open_exchange(self, message_id: str) -> Exchange | None:
        """Return the exchange of `message_id` if its answer is incomplete."""
        return self.exchange(message_id) if message_id in self.open else None

    def adding(self, item: Item) -> Self:
        """Return the transcript with `item` at its end."""
        if self._pages and len(self._pages[-1]) < _PAGE:
            pages = (*self._pages[:-1], (*self._pages[-1], item))
        else:
            pages = (*self._pages, (item,))
        return self._of(pages, _noted(self.open, item))

    def adding_above(self, deliveries: Container[Delivery], exchange: Exchange) -> Self:
        """Return the transcript with `exchange` before the trailing ones in `deliveries`."""
        waiting = takewhile(
            lambda each: isinstance(each, Exchange) and each.delivery in deliveries, reversed(self)
        )
        place = len(self) - sum(1 for _ in waiting)
        if place == len(self):
            return self.adding(exchange)
        first, within = divmod(place, _PAGE)
        moved = list(chain.from_iterable(self._pages[first:]))
        moved.insert(within, exchange)
        return self._of((*self._pages[:first], *_paged(moved)), _noted(self.open, exchange))

    def replacing(self, exchange: Exchange) -> Self:
        """Return the transcript with `exchange` instead of the one with its id."""
        place = self._place(exchange.id)
        return self._of(self._with(place, exchange), _noted(self.open, exchange))

    def without(self, message_id: str) -> Self:
        """Return the transcript without the exchange of `message_id`."""
        first, within = divmod(self._place(message_id), _PAGE)
        moved = list(chain.from_iterable(self._pages[first:]))
        del moved[within]
        still_open = {name: each for name, each in self.open.items() if name != message_id}
        return self._of((*self._pages[:first], *_paged(moved)), still_open)

    def noting(self, kind: Kind, text: str) -> Self:
        """Return the transcript with a notice, or with an equal one counted once more."""
        for back, each in enumerate(islice(reversed(self), _LOOK_BACK), start=1):
            if not isinstance(each, Notice) or each.kind is not kind:
                break
            if each.text == text:
                counted = Notice(kind, text, each.times + 1)
                return self._of(self._with(len(self) - back, counted), self.open)
        return self.adding(Notice(kind, text))

    @classmethod
    def _of(cls, pages: tuple[_Page, ...], still_open: Mapping[str, Delivery]) -> Self:
        """Return a transcript of `pages` without looking through them."""
        made = cls()
        made._pages, made.open = pages, still_open
        return made

    def _at(self, place: int) -> Item:
        page, within = divmod(place, _PAGE)
        return self._pages[page][within]

    def _place(self, message_id: str) -> int:
        for back, each in enumerate(reversed(self), start=1):
            if isinstance(each, Exchange) and each.id == message_id:
                return len(self) - back
        raise KeyError(message_id)

    def _with(self, place: int, item: Item) -> tuple[_Page, ...]:
        number, within = divmod(place, _PAGE)
        page = self._pages[number]
        changed = (*page[:within], item, *page[within + 1 :])
        return (*self._pages[:number], changed, *self._pages[number + 1 :])


def _paged(items: Iterable[Item]) -> tuple[_Page, ...]:
    rest = iter(items)
    return tuple(iter(lambda: tuple(islice(rest, _PAGE)), ()))


def _noted(still_open: Mapping[str, Delivery], item: Item) -> Mapping[str, Delivery]:
    if not isinstance(item, Exchange):
        return still_open
    noted = {**still_open, item.id: item.delivery}
    if item.delivery is Delivery.ANSWERED:
        del noted[item.id]
    return noted
