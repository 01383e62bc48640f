"""The transcript: the latest messages of the session, and earlier ones on request.

It has widgets for the last part of a long session only, and draws only what has changed.
"""

import asyncio
from collections.abc import Sequence
from typing import ClassVar, Literal, NamedTuple, TypeAlias

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
from tek_cli.screen.textual_types import size_without_layout
from tek_cli.screen.widget_changes import Key, item_keys, widget_change

WINDOW = 100
"""Items that are shown at first, and added each time the user asks for earlier ones."""

_MOST_AT_END = 200
"""Items that are shown at most while the end is in view."""

MessageAction: TypeAlias = Literal["retry", "edit", "discard", "copy"]
Box: TypeAlias = ExchangeBox | NoticeLine


class GrowingAnswer(NamedTuple):
    """The answer that streams now, if any, and what to say of it while it is paused."""

    answer: Answer | None = None
    paused: str = ""

    def for_exchange(self, exchange: Exchange) -> "GrowingAnswer":
        """Return this if it answers `exchange`, otherwise no answer."""
        is_its = self.answer is not None and self.answer.request_id == exchange.id
        return self if is_its else GrowingAnswer()


class TranscriptPane(VerticalScroll):
    """Draws the items of a view. With the focus, keys move from message to message."""

    virtual_size = size_without_layout()

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
        """The user wants `action` on `exchange`."""

        def __init__(self, action: MessageAction, exchange: Exchange) -> None:
            super().__init__()
            self.action: MessageAction = action
            self.exchange = exchange

    def __init__(self) -> None:
        super().__init__()
        self._items: Sequence[Item] = ()
        self._first = 0
        self._boxes: dict[Key, Box] = {}
        self._growing = GrowingAnswer()
        self._chosen: ExchangeBox | None = None
        self._drawing = asyncio.Lock()
        self._earlier = Static(classes="earlier")
        self._earlier.display = False

    def compose(self) -> ComposeResult:
        yield self._earlier

    def on_mount(self) -> None:
        self.anchor()

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return the background behind the messages: one line, repeated."""
        return super().render_lines(Region(crop.x, crop.y, crop.width, 1)) * crop.height

    @property
    def chosen(self) -> Exchange | None:
        """The message that the keys act on."""
        return None if self._chosen is None else self._chosen.exchange

    async def draw(self, view: View) -> None:
        """Show `view`; draw only what has changed."""
        growing = GrowingAnswer(view.growing, wording.paused(view))
        async with self._drawing:
            if view.items is not self._items:
                await self._draw_items(view.items, growing)
            elif growing != self._growing:
                self._draw_growing(growing)
            self._growing = growing

    def follow(self) -> None:
        """Scroll to the end and follow new text."""
        self._choose(None)
        self.anchor()

    # ---- Items -------------------------------------------------------------------------------

    async def _draw_items(self, items: Sequence[Item], growing: GrowingAnswer) -> None:
        self._items = items
        keys = self._shown_keys(items)
        if not any(key in self._boxes for key in keys):
            self._first = max(0, len(items) - WINDOW)  # another session
            keys = self._shown_keys(items)
        elif self._is_at_end and len(keys) > _MOST_AT_END:
            self._first = len(items) - WINDOW
            keys = keys[-WINDOW:]
        await self._replace_boxes(keys, items[self._first :], growing)
        self._show_earlier_count()

    async def _replace_boxes(
        self, keys: list[Key], items: Sequence[Item], growing: GrowingAnswer
    ) -> None:
        changed = widget_change(list(self._boxes), keys)
        leaving = [self._boxes.pop(key) for key in changed.removed]
        if self._chosen in leaving:
            self._choose(None)
        staying = self._boxes
        self._boxes = {}
        if leaving:
            await self.remove_children(leaving)
        fresh: dict[Key, Box] = {}
        for before, indices in changed.added:
            run = {keys[index]: self._box(items[index], growing) for index in indices}
            after = self._earlier if before is None else staying[before]
            await self.mount_all(run.values(), after=after)
            fresh |= run
        self._boxes = {key: staying.get(key) or fresh[key] for key in keys}
        for key, item in zip(keys, items, strict=True):
            if key in staying:
                _draw(staying[key], item, growing)

    def _draw_growing(self, growing: GrowingAnswer) -> None:
        answers = (each.answer for each in (self._growing, growing))
        for request_id in {each.request_id for each in answers if each is not None}:
            for box in reversed(self._boxes.values()):
                if isinstance(box, ExchangeBox) and box.exchange.id == request_id:
                    _draw(box, box.exchange, growing)
                    break

    def _box(self, item: Item, growing: GrowingAnswer) -> Box:
        if not isinstance(item, Exchange):
            return NoticeLine(item)
        return ExchangeBox(
            item, *growing.for_exchange(item), with_details=self.has_class("-details")
        )

    def show_details(self, *, with_details: bool) -> None:
        """Show reasoning and tool details in full, or the first line of each."""
        self.set_class(with_details, "-details")
        for box in self._boxes.values():
            if isinstance(box, ExchangeBox):
                box.show_details(with_details=with_details)

    def _shown_keys(self, items: Sequence[Item]) -> list[Key]:
        return item_keys(items[self._first :])

    @property
    def _is_at_end(self) -> bool:
        return self.scroll_y >= self.max_scroll_y - 1

    # ---- Earlier messages ---------------------------------------------------------------------

    async def action_load_earlier(self) -> None:
        """Show earlier messages without moving what is in view."""
        if not self._first:
            self.scroll_home(animate=False)
            return
        self.release_anchor()
        height, y = self.virtual_size.height, self.scroll_y
        async with self._drawing:
            self._first = max(0, self._first - WINDOW)
            items = self._items[self._first :]
            await self._replace_boxes(item_keys(items), items, self._growing)
            self._show_earlier_count()
        self.call_after_refresh(
            lambda: self.scroll_to(y=y + self.virtual_size.height - height, animate=False)
        )

    async def on_click(self) -> None:
        if self._earlier.mouse_hover:
            await self.action_load_earlier()

    def _show_earlier_count(self) -> None:
        self._earlier.display = self._first > 0
        self._earlier.update(f"▲ {self._first:,} earlier messages · Home loads more")

    # ---- Keys --------------------------------------------------------------------------------

    async def action_go(self, step: int) -> None:
        """Choose the message `step` before (-1) or after (1) the chosen one."""
        boxes = [each for each in self._boxes.values() if not isinstance(each, NoticeLine)]
        if not boxes:
            return
        index = boxes.index(self._chosen) + step if self._chosen in boxes else len(boxes) - 1
        if index < 0:
            await self.action_load_earlier()
        elif index >= len(boxes):
            self.follow()
        else:
            self._choose(boxes[index])

    def action_want(self, action: MessageAction) -> None:
        """Report that the user wants `action` on the chosen message."""
        if self._chosen is not None:
            self.post_message(self.Wanted(action, self._chosen.exchange))

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


def _draw(box: Box, item: Item, growing: GrowingAnswer) -> None:
    """Draw `item` in `box`, the widget with its key and so of its kind."""
    match box, item:
        case ExchangeBox(), Exchange():
            box.draw(item, *growing.for_exchange(item))
        case NoticeLine(), Notice():
            box.draw(item)
        case _:
            raise TypeError(box, item)
