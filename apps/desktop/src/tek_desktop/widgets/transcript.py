"""Everything that was said, one widget an item, the newest at the bottom.

It must never touch a widget whose item is the very same as before.
"""

from collections.abc import Sequence
from itertools import zip_longest
from typing import TypeVar

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPalette, QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from tek_chat import Answer, Exchange, Item, Notice, View
from tek_desktop.widgets.exchange import ExchangeWidget
from tek_desktop.widgets.metrics import GAP, column_margin
from tek_desktop.widgets.notice import NoticeWidget

W = TypeVar("W", ExchangeWidget, NoticeWidget)

_AT_THE_END = 4
"""Pixels from the end that still count as being there."""


class Transcript(QScrollArea):
    """Draws the items of a view, and follows the end while the reader is there."""

    retry_wanted = Signal(str)
    discard_wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._items: Sequence[Item] = ()
        self._widgets: list[ExchangeWidget | NoticeWidget] = []
        self._follows = True
        self.setAccessibleName("Transcript")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidgetResizable(True)
        content = QWidget()
        content.setBackgroundRole(QPalette.ColorRole.Base)
        self._column = QVBoxLayout(content)
        self._column.setSpacing(GAP)
        self._column.addStretch(1)
        self.setWidget(content)
        self.verticalScrollBar().valueChanged.connect(self._scrolled)
        self.verticalScrollBar().rangeChanged.connect(self._follow)

    def draw(self, view: View) -> None:
        """Show the items and the growing answer of `view`."""
        if view.items is not self._items:
            self._draw_items(view.items)
        if view.growing is not None:
            self._draw_growing(view.growing)

    def follow(self) -> None:
        """Go to the end, and stay there."""
        self._follows = True
        self._follow()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        side = column_margin(self.viewport().width())
        self._column.setContentsMargins(side, GAP * 2, side, GAP)

    def _draw_items(self, items: Sequence[Item]) -> None:
        while len(self._widgets) > len(items):
            self._take_away(self._widgets.pop())
        for place, (item, before) in enumerate(zip_longest(items, self._items[: len(items)])):
            if item is not before:
                self._draw_item(place, item)
        self._items = items

    def _draw_item(self, place: int, item: Item) -> None:
        match item:
            case Exchange():
                self._widget_at(place, ExchangeWidget).draw(item)
            case Notice():
                self._widget_at(place, NoticeWidget).draw(item)

    def _widget_at(self, place: int, kind: type[W]) -> W:
        """Return the widget at `place`, replaced by a new one unless it is of this `kind`."""
        known = self._widgets[place] if place < len(self._widgets) else None
        if isinstance(known, kind):
            return known
        if known is not None:
            self._take_away(self._widgets.pop(place))
        new = kind(self.widget())
        if isinstance(new, ExchangeWidget):
            new.retry_wanted.connect(self.retry_wanted.emit)
            new.discard_wanted.connect(self.discard_wanted.emit)
        self._widgets.insert(place, new)
        self._column.insertWidget(place, new)
        return new

    def _take_away(self, widget: ExchangeWidget | NoticeWidget) -> None:
        self._column.removeWidget(widget)
        widget.hide()
        widget.deleteLater()

    def _draw_growing(self, answer: Answer) -> None:
        for widget in reversed(self._widgets):
            if isinstance(widget, ExchangeWidget) and widget.message_id == answer.request_id:
                widget.draw_answer(answer)
                return

    def _scrolled(self, value: int) -> None:
        self._follows = value >= self.verticalScrollBar().maximum() - _AT_THE_END

    def _follow(self) -> None:
        if self._follows:
            bar = self.verticalScrollBar()
            bar.setValue(bar.maximum())
