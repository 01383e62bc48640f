"""What was said, as far as it is in sight: the latest messages, and earlier ones on request.

It must never hold a widget for every message of a long session, nor draw what did not change.
"""

import asyncio
from collections.abc import Sequence
from typing import ClassVar, TypeAlias

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widgets import Static

from tek_chat import Answer, Exchange, Item, Notice, View
from tek_chat.view import wording
from tek_cli.screen.exchange_box import ExchangeBox
from tek_cli.screen.notice_line import NoticeLine
from tek_cli.screen.textual_types import still_size
from tek_cli.screen.widget_changes import Key, change, keys

WINDOW = 100
"""Items that are shown at first, and more of them each time that earlier ones are asked for."""

_MOST = 200
"""Items that are kept in sight while the end of them is."""

Box: TypeAlias = ExchangeBox | NoticeLine


class TranscriptPane(VerticalScroll):
    """Draws the items of a view. With the focus, keys go from message to message."""

    virtual_size = still_size()

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "go(-1)", "Message before", show=False),
        Binding("down,j", "go(1)", "Message after", show=False),
        Binding("home", "load_earlier", "Earlier messages", show=False),
        Binding("r", "want('retry')", "Send again", show=False),
        Binding("e", "want('edit')", "Edit", show=False),
        Binding("d,delete", "want('discard')", "Delete", show=False),
        Binding("c,enter", "want('copy')", "Copy the answer", show=False),
    ]

    class Wanted(Message):
        """The user wants something done with an exchange."""

        def __init__(self, what: str, exchange: Exchange) -> None:
            super().__init__()
            self.what, self.exchange = what, exchange

    def __init__(self) -> None:
        super().__init__()
        self._items: Sequence[Item] = ()
        self._first = 0
        self._boxes: dict[Key, Box] = {}
        self._growing: tuple[Answer | None, str] = (None, "")
        self._chosen: ExchangeBox | None = None
        self._drawing = asyncio.Lock()
        self._earlier = Static(classes="earlier")
        self._earlier.display = False

    def compose(self) -> ComposeResult:
        yield self._earlier

    def on_mount(self) -> None:
        self.anchor()

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return what is behind the messages: one line, over and over."""
        return super().render_lines(Region(crop.x, crop.y, crop.width, 1)) * crop.height

    @property
    def chosen(self) -> Exchange | None:
        """The message that the keys are for."""
        return None if self._chosen is None else self._chosen.exchange

    async def draw(self, view: View) -> None:
        """Show `view`, as far as it is not shown yet."""
        growing = (view.growing, wording.paused(view))
        async with self._drawing:
            if view.items is not self._items:
                await self._draw_items(view.items, growing)
            elif growing != self._growing:
                self._draw_growing(growing)
            self._growing = growing

    def follow(self) -> None:
        """Go to the end, and stay there."""
        self._choose(None)
        self.anchor()

    # ---- Items -------------------------------------------------------------------------------

    async def _draw_items(self, items: Sequence[Item], growing: tuple[Answer | None, str]) -> None:
        self._items = items
        names = self._names(items)
        if not any(name in self._boxes for name in names):
            self._first = max(0, len(items) - WINDOW)  # it is another session
            names = self._names(items)
        elif self._is_at_end and len(names) > _MOST:
            self._first = len(items) - WINDOW
            names = names[-WINDOW:]
        await self._place(names, items[self._first :], growing)
        self._tell_earlier()

    async def _place(
        self, names: list[Key], items: Sequence[Item], growing: tuple[Answer | None, str]
    ) -> None:
        changed = change(list(self._boxes), names)
        leaving = [self._boxes.pop(name) for name in changed.removed]
        if self._chosen in leaving:
            self._choose(None)
        staying = self._boxes
        self._boxes = {}
        if leaving:
            await self.remove_children(leaving)
        fresh: dict[Key, Box] = {}
        for before, places in changed.added:
            run = {names[at]: self._box(items[at], growing) for at in places}
            after = self._earlier if before is None else staying[before]
            await self.mount_all(run.values(), after=after)
            fresh |= run
        self._boxes = {name: staying.get(name) or fresh[name] for name in names}
        for name, item in zip(names, items, strict=True):
            if name in staying:
                _draw(staying[name], item, growing)

    def _draw_growing(self, growing: tuple[Answer | None, str]) -> None:
        for answer in {each.request_id: each for each, _ in (self._growing, growing) if each}:
            for box in reversed(self._boxes.values()):
                if isinstance(box, ExchangeBox) and box.exchange.id == answer:
                    _draw(box, box.exchange, growing)
                    break

    def _box(self, item: Item, growing: tuple[Answer | None, str]) -> Box:
        if not isinstance(item, Exchange):
            return NoticeLine(item)
        return ExchangeBox(item, *_its(item, growing), with_details=self.has_class("-details"))

    def show_details(self, *, with_details: bool) -> None:
        """Show reasoning and what tools did, or one line of each."""
        self.set_class(with_details, "-details")
        for box in self._boxes.values():
            if isinstance(box, ExchangeBox):
                box.show_details(with_details=with_details)

    def _names(self, items: Sequence[Item]) -> list[Key]:
        return keys(items[self._first :])

    @property
    def _is_at_end(self) -> bool:
        return self.scroll_y >= self.max_scroll_y - 1

    # ---- Earlier ones ------------------------------------------------------------------------

    async def action_load_earlier(self) -> None:
        """Show what was said before, and stay where one is."""
        if not self._first:
            self.scroll_home(animate=False)
            return
        self.release_anchor()
        height, y = self.virtual_size.height, self.scroll_y
        async with self._drawing:
            self._first = max(0, self._first - WINDOW)
            items = self._items[self._first :]
            await self._place(keys(items), items, self._growing)
            self._tell_earlier()
        self.call_after_refresh(
            lambda: self.scroll_to(y=y + self.virtual_size.height - height, animate=False)
        )

    async def on_click(self) -> None:
        if self._earlier.mouse_hover:
            await self.action_load_earlier()

    def _tell_earlier(self) -> None:
        self._earlier.display = self._first > 0
        self._earlier.update(f"▲ {self._first:,} earlier messages · Home loads more")

    # ---- Keys --------------------------------------------------------------------------------

    async def action_go(self, step: int) -> None:
        """Choose the message before or after the chosen one."""
        boxes = [each for each in self._boxes.values() if not isinstance(each, NoticeLine)]
        if not boxes:
            return
        place = boxes.index(self._chosen) + step if self._chosen in boxes else len(boxes) - 1
        if place < 0:
            await self.action_load_earlier()
        elif place >= len(boxes):
            self.follow()
        else:
            self._choose(boxes[place])

    def action_want(self, what: str) -> None:
        """Ask for something to be done with the chosen message."""
        if self._chosen is not None:
            self.post_message(self.Wanted(what, self._chosen.exchange))

    def on_blur(self) -> None:
        self._choose(None)

    def _choose(self, box: ExchangeBox | None) -> None:
        if self._chosen is not None:
            self._chosen.remove_class("-chosen")
        self._chosen = box
        if box is not None:
            box.add_class("-chosen")
            self.release_anchor()
            self.scroll_to_widget(box, animate=False)


def _draw(box: Box, item: Item, growing: tuple[Answer | None, str]) -> None:
    """Draw `item` in `box`, which has its key and so its kind."""
    match box, item:
        case ExchangeBox(), Exchange():
            box.draw(item, *_its(item, growing))
        case NoticeLine(), Notice():
            box.draw(item)
        case _:
            raise TypeError(box, item)


def _its(exchange: Exchange, growing: tuple[Answer | None, str]) -> tuple[Answer | None, str]:
    """Return the growing answer and whether it is paused, if it is the one to `exchange`."""
    answer, _ = growing
    return growing if answer is not None and answer.request_id == exchange.id else (None, "")
