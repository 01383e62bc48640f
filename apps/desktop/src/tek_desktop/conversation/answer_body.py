"""The text of an answer as a column of prose and code widgets.

A growing answer redraws only the pieces at its end that have changed.
"""

from typing import TypeVar

from PySide6.QtWidgets import QVBoxLayout, QWidget

from tek_chat.view import markdown_pieces
from tek_desktop.conversation.code_block import CodeBlock
from tek_desktop.conversation.prose_view import ProseView
from tek_desktop.widgets.layout_metrics import GAP

W = TypeVar("W", ProseView, CodeBlock)

_MAX_REDRAWN = 16_000
"""Characters. A longer answer keeps the pieces it was drawn in while it grew."""


class AnswerBody(QWidget):
    """Draws Markdown; `text` is what it shows."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.text = ""
        self._splitter: markdown_pieces.Splitter | None = None
        self._pieces: tuple[markdown_pieces.Piece, ...] = ()
        self._widgets: list[ProseView | CodeBlock] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(GAP)

    def draw(self, text: str, *, is_growing: bool) -> None:
        """Show `text`; more may be added if it `is_growing`."""
        if is_growing and self._splitter is None:
            self._splitter = markdown_pieces.Splitter()
        is_redrawn = self._splitter is None or (not is_growing and len(text) <= _MAX_REDRAWN)
        pieces = markdown_pieces.split(text) if is_redrawn else self._split_growing(text)
        self.text = text
        while len(self._widgets) > len(pieces):
            self._remove(self._widgets.pop())
        for place, piece in enumerate(pieces):
            if place >= len(self._pieces) or piece is not self._pieces[place]:
                self._draw(place, piece)
        self._pieces = pieces

    def _split_growing(self, text: str) -> tuple[markdown_pieces.Piece, ...]:
        return self._splitter.pieces(text) if self._splitter is not None else ()

    def _draw(self, place: int, piece: markdown_pieces.Piece) -> None:
        match piece:
            case markdown_pieces.Prose():
                self._widget_at(place, ProseView).draw(piece)
            case markdown_pieces.Code():
                self._widget_at(place, CodeBlock).draw(piece)

    def _widget_at(self, place: int, kind: type[W]) -> W:
        known = self._widgets[place] if place < len(self._widgets) else None
        if isinstance(known, kind):
            return known
        if known is not None:
            self._remove(self._widgets.pop(place))
        new = kind(self)
        self._widgets.insert(place, new)
        self._column.insertWidget(place, new)
        return new

    def _remove(self, widget: QWidget) -> None:
        self._column.removeWidget(widget)
        widget.hide()
        widget.deleteLater()
