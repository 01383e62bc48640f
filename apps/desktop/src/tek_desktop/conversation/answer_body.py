"""The text of an answer: prose and code, one below the other.

It must never draw again what has not changed: while an answer grows, that is all but its end.
"""

from typing import TypeVar

from PySide6.QtWidgets import QVBoxLayout, QWidget

from tek_desktop.conversation import answer_markup
from tek_desktop.conversation.code_block import CodeBlock
from tek_desktop.conversation.prose_view import ProseView
from tek_desktop.widgets.layout_metrics import GAP

W = TypeVar("W", ProseView, CodeBlock)

_REDRAWN = 16_000
"""Characters of an answer that may be drawn at once; a longer one stays as it was when it grew."""


class AnswerBody(QWidget):
    """Shows markdown; `text` is what it shows."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.text = ""
        self._splitter: answer_markup.Splitter | None = None
        self._pieces: tuple[answer_markup.Piece, ...] = ()
        self._widgets: list[ProseView | CodeBlock] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(GAP)

    def draw(self, text: str, *, grows: bool) -> None:
        """Show `text`, to which more may be added if it `grows`."""
        if grows and self._splitter is None:
            self._splitter = answer_markup.Splitter()
        is_redrawn = self._splitter is None or (not grows and len(text) <= _REDRAWN)
        pieces = answer_markup.split(text) if is_redrawn else self._grown(text)
        self.text = text
        while len(self._widgets) > len(pieces):
            self._take_away(self._widgets.pop())
        for place, piece in enumerate(pieces):
            if place >= len(self._pieces) or piece is not self._pieces[place]:
                self._draw(place, piece)
        self._pieces = pieces

    def _grown(self, text: str) -> tuple[answer_markup.Piece, ...]:
        return self._splitter.pieces(text) if self._splitter is not None else ()

    def _draw(self, place: int, piece: answer_markup.Piece) -> None:
        match piece:
            case answer_markup.Prose():
                self._widget_at(place, ProseView).draw(piece)
            case answer_markup.Code():
                self._widget_at(place, CodeBlock).draw(piece)

    def _widget_at(self, place: int, kind: type[W]) -> W:
        known = self._widgets[place] if place < len(self._widgets) else None
        if isinstance(known, kind):
            return known
        if known is not None:
            self._take_away(self._widgets.pop(place))
        new = kind(self)
        self._widgets.insert(place, new)
        self._column.insertWidget(place, new)
        return new

    def _take_away(self, widget: QWidget) -> None:
        self._column.removeWidget(widget)
        widget.hide()
        widget.deleteLater()
