"""The transcript: one widget per message, the newest at the bottom.

A widget is redrawn only if its item is another object than before. Older items are drawn on
demand: a session may have very many.
"""

from typing import TypeAlias

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QPalette, QResizeEvent
from PySide6.QtWidgets import QFrame, QPushButton, QScrollArea, QVBoxLayout, QWidget

from tek_chat import Answer, Exchange, Item, Kind, Notice, View
from tek_chat.view import wording
from tek_desktop.conversation.exchange_widget import ExchangeWidget
from tek_desktop.conversation.jump_button import JumpButton
from tek_desktop.conversation.notice_widget import NoticeWidget
from tek_desktop.widgets.layout_metrics import GAP, column_margin
from tek_desktop.widgets.user_actions import UserActions

_Widget: TypeAlias = ExchangeWidget | NoticeWidget

PAGE = 100
"""Items that are shown at first, and how many more are loaded at a time."""

_DRAWN_FIRST = 12
"""Items that are drawn before the session is shown."""

_DRAWN_PER_EVENT = 3
"""Items that are drawn at a time after that, between two events."""

_MAX_SHOWN = 4 * PAGE
"""Items that are kept while the reader is at the end; older ones are removed."""

_END_TOLERANCE = 4
"""Pixels from the end that still count as the end."""


class TranscriptView(QScrollArea):
    """Draws the items of a view, and follows the end while the reader is at it."""

    def __init__(
        self, user_actions: UserActions | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._user_actions = user_actions or UserActions(self)
        self._view = View()
        self._first = self._wanted = 0
        self._shown: list[tuple[Item, _Widget]] = []
        self._follows = True
        self._read: tuple[QWidget, int] | None = None
        self.setAccessibleName("Transcript")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidgetResizable(True)
        content = self._content = QWidget()
        content.setBackgroundRole(QPalette.ColorRole.Base)
        self._older = QPushButton("Load older messages", content)
        self._older.setFlat(True)
        self._older.clicked.connect(self.load_older)
        self._older.hide()
        self._column = QVBoxLayout(content)
        self._column.setSpacing(GAP)
        self._column.addWidget(self._older)
        self._column.addStretch(1)
        self.setWidget(content)
        self._jump = JumpButton(self)
        self._jump.clicked.connect(self.follow)
        self._fill_timer = QTimer(self, interval=0)
        self._fill_timer.timeout.connect(self._fill)
        self.verticalScrollBar().valueChanged.connect(self._scrolled)
        self.verticalScrollBar().rangeChanged.connect(self._keep_position)

    def draw(self, view: View) -> None:
        """Show the items and the growing answer of `view`."""
        before, self._view = self._view, view
        if view.items is not before.items:
            if not self._is_same_session(before):
                self._wanted = max(0, len(view.items) - PAGE)
                self._first = max(0, len(view.items) - _DRAWN_FIRST)
                self._follows = True
            self._draw_items()
            self._offer_carry_over()
        if view.growing is not None:
            self._draw_growing(view.growing, wording.paused(view))

    def follow(self) -> None:
        """Scroll to the end, and follow it."""
        self._follows = True
        self._keep_position()

    def load_older(self) -> None:
        """Show the next page of older items."""
        self._wanted = max(0, self._wanted - PAGE)
        self._fill_timer.start()

    def show_item(self, place: int) -> QWidget:
        """Return the widget of the item at index `place`, loading it first if necessary."""
        self._follows = False
        self._wanted = self._first = min(self._first, place)
        self._draw_items()
        return self._shown[place - self._first][1]

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        side = column_margin(self.viewport().width())
        self._column.setContentsMargins(side, GAP * 2, side, GAP)
        self._jump.place()

    # ---- Items -------------------------------------------------------------------------------

    def _is_same_session(self, before: View) -> bool:
        """Return whether `before` showed this session, so that only changes need to be drawn."""
        items = self._view.items
        if not before.items or len(items) < self._first or len(items) > len(before.items) + PAGE:
            return False
        return self._view.session_id == before.session_id or not before.session_id

    def _draw_items(self) -> None:
        """Keep the items at both ends that are unchanged, and draw those in between."""
        if self._follows and len(self._view.items) - self._first > _MAX_SHOWN:
            self._first = self._wanted = len(self._view.items) - PAGE
        items, shown = self._view.items[self._first :], self._shown
        most = min(len(items), len(shown))
        same = (at for at in range(most) if items[at] is not shown[at][0])
        head = next(same, most)
        same = (at for at in range(most - head) if items[-1 - at] is not shown[-1 - at][0])
        tail = next(same, most - head)
        end = len(shown) - tail
        changed = items[head : len(items) - tail]
        for _, widget in shown[head + len(changed) : end]:
            self._remove(widget)
        known = shown[head : min(end, head + len(changed))]
        drawn = [
            self._draw_item(item, known[at][1] if at < len(known) else None, head + at)
            for at, item in enumerate(changed)
        ]
        self._shown[head:end] = [*zip(changed, drawn, strict=True)]
        self._older.setVisible(self._wanted > 0)
        if self._first > self._wanted:
            self._fill_timer.start()

    def _draw_item(self, item: Item, known: _Widget | None, place: int) -> _Widget:
        """Draw `item`, in `known` if that widget has the right type, and return its widget."""
        match item:
            case Exchange():
                widget = known if isinstance(known, ExchangeWidget) else None
                widget = widget or ExchangeWidget(self._user_actions, self._content)
                widget.draw(item)
                growing = self._view.growing
                if growing is None or growing.request_id != item.id:
                    widget.draw_answer(item.answer)
            case Notice():
                widget = known if isinstance(known, NoticeWidget) else None
                widget = widget or NoticeWidget(self._user_actions, self._content)
                widget.draw(item)
        if widget is not known:
            if known is not None:
                self._remove(known)
            self._column.insertWidget(place + 1, widget)  # 0 is the button
        return widget

    def _remove(self, widget: QWidget) -> None:
        if self._read is not None and self._read[0] is widget:
            self._read = None
        self._column.removeWidget(widget)
        widget.hide()
        widget.deleteLater()

    def _draw_growing(self, answer: Answer, paused: str) -> None:
        for _, widget in reversed(self._shown):
            if isinstance(widget, ExchangeWidget) and widget.message_id == answer.request_id:
                widget.draw_answer(answer, paused)
                return

    def _offer_carry_over(self) -> None:
        """Offer the messages of the last lost session, if any, to the session after it."""
        is_offered = bool(self._view.left_behind)
        for item, widget in reversed(self._shown):
            if isinstance(widget, NoticeWidget) and isinstance(item, Notice):
                widget.offer(is_offered and item.kind is Kind.SESSION_LOST)
                is_offered = is_offered and item.kind is not Kind.SESSION_LOST

    def _fill(self) -> None:
        """Draw a few more of the older items, above what is visible."""
        if self._first <= self._wanted:
            self._fill_timer.stop()
            return
        self._first = max(self._wanted, self._first - _DRAWN_PER_EVENT)
        self._draw_items()

    # ---- The reader's position -------------------------------------------------------------

    def _scrolled(self, value: int) -> None:
        self._follows = value >= self.verticalScrollBar().maximum() - _END_TOLERANCE
        self._jump.setVisible(not self._follows)
        below = (each for _, each in self._shown if each.geometry().bottom() > value)
        read = next(below, None)
        self._read = None if read is None else (read, read.y() - value)

    def _keep_position(self) -> None:
        """Stay at the end, or else at the first visible item, whatever has changed above it."""
        bar = self.verticalScrollBar()
        if self._follows:
            bar.setValue(bar.maximum())
        elif self._read is not None:
            self._column.setGeometry(self._content.rect())  # Qt lays it out only later
            widget, place = self._read
            bar.setValue(widget.y() - place)
        self._jump.setVisible(not self._follows)
