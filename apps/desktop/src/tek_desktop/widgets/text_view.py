"""Text that can be read, selected and copied, as high as its content.

It fetches nothing, and lays out only what is added at its end.
"""

import math

from PySide6.QtCore import QSizeF, Qt, QUrl
from PySide6.QtGui import (
    QDesktopServices,
    QTextBlockFormat,
    QTextCursor,
    QTextDocument,
    QTextOption,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QSizePolicy, QTextBrowser, QWidget

_LINE_HEIGHT = 125
"""Per cent of the font's line height: more space makes long texts easier to read."""

_OPENED = frozenset({"http", "https", "mailto"})
"""Schemes of links that open in the browser; links to files and programs do not open."""


class TextView(QTextBrowser):
    """Read-only text that fills the width that it is given."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown = ""
        self.setReadOnly(True)
        self.setUndoRedoEnabled(False)  # its history would keep every piece of an answer
        self.setAccessibleName(name)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
            | Qt.TextInteractionFlag.LinksAccessibleByMouse
            | Qt.TextInteractionFlag.LinksAccessibleByKeyboard
        )
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.viewport().setAutoFillBackground(False)
        self.document().setDocumentMargin(0)
        self.setOpenLinks(False)
        self.anchorClicked.connect(_open)
        self._set_line_height()
        self.document().documentLayout().documentSizeChanged.connect(self._fit)

    def show_text(self, text: str) -> None:
        """Show `text`; if it continues the text that is shown, the selection is kept."""
        if text.startswith(self._shown):
            end = QTextCursor(self.document())
            end.movePosition(QTextCursor.MoveOperation.End)
            end.insertText(text[len(self._shown) :])
        else:
            self.setPlainText(text)
            self._set_line_height()
        self._shown = text

    def ideal_width(self) -> int:
        """Return the width of the longest line, in pixels."""
        # The widget's own document wraps its lines at the width of the widget.
        unbounded = QTextDocument()
        unbounded.setDocumentMargin(0)
        unbounded.setDefaultFont(self.font())
        unbounded.setPlainText(self._shown)
        return math.ceil(unbounded.idealWidth())

    def loadResource(self, kind: int, name: QUrl | str) -> object:  # noqa: N802 - Qt's name
        del kind, name  # nothing in a text is fetched
        return None

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        event.ignore()  # the transcript scrolls

    def _set_line_height(self) -> None:
        """Set the line height; text that is added at the end inherits it."""
        lines = QTextCursor(self.document())
        lines.select(QTextCursor.SelectionType.Document)
        apart = QTextBlockFormat()
        apart.setLineHeight(_LINE_HEIGHT, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
        lines.mergeBlockFormat(apart)

    def _fit(self, size: QSizeF) -> None:
        self.setFixedHeight(math.ceil(size.height()))


def _open(address: QUrl) -> None:
    if address.scheme().lower() in _OPENED:
        QDesktopServices.openUrl(address)
