"""A piece of an answer's prose: headings, lists, tables and links.

A selection is kept when the text grows.
"""

from PySide6.QtCore import QEvent
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QWidget

from tek_chat.view import markdown_pieces
from tek_desktop.conversation import answer_markup
from tek_desktop.conversation.answer_colours import answer_colours
from tek_desktop.widgets.text_view import TextView

_INDENT = 24
"""Pixels of indentation of a list."""


class ProseView(TextView):
    """Draws a `markdown_pieces.Prose`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Answer", parent)
        self._prose = markdown_pieces.Prose("")
        self.document().setIndentWidth(_INDENT)

    def draw(self, prose: markdown_pieces.Prose) -> None:
        """Show `prose`."""
        if prose != self._prose:
            self._prose = prose
            self._render()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            self._render()

    def _render(self) -> None:
        selected = self.textCursor()
        begin, end = selected.anchor(), selected.position()
        self.document().setDefaultStyleSheet(answer_colours(self.palette()).style_sheet)
        self.setHtml(answer_markup.html_of(self._prose))
        if begin != end and max(begin, end) < self.document().characterCount():
            again = QTextCursor(self.document())
            again.setPosition(begin)
            again.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
            self.setTextCursor(again)
