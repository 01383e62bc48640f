"""Text to be read, selected and copied, as high as it is.

It must never scroll by itself, fetch anything, nor lay out anew what only grew at its end.
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
"""Per cent of what the font asks for; long texts are read here."""

_OPENED = frozenset({"http", "https", "mailto"})
"""Kinds of addresses that are opened, outside; a file or a program's own are not."""


class TextView(QTextBrowser):
    """Text in the whole width that it is given."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown = ""
        self.setReadOnly(True)
        self.setUndoRedoEnabled(False)  # or every piece of an answer would be kept for ever
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
        self._spread()
        self.document().documentLayout().documentSizeChanged.connect(self._fit)

    def show_text(self, text: str) -> None:
        """Show `text`; where it only goes on, what the user has selected stays so."""
        if text.startswith(self._shown):
            end = QTextCursor(self.document())
            end.movePosition(QTextCursor.MoveOperation.End)
            end.insertText(text[len(self._shown) :])
        else:
            self.setPlainText(text)
            self._spread()
        self._shown = text

    def ideal_width(self) -> int:
        """Return the width that the longest line wants, in pixels."""
        # Its own document is always as wide as the widget, and wraps the line at that.
        unbounded = QTextDocument()
        unbounded.setDocumentMargin(0)
        unbounded.setDefaultFont(self.font())
        unbounded.setPlainText(self._shown)
        return math.ceil(unbounded.idealWidth())

    def loadResource(self, kind: int, name: QUrl | str) -> object:  # noqa: N802 - Qt's name
        del kind, name  # whatever it is, it was not asked for
        return None

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        event.ignore()  # the transcript scrolls

    def _spread(self) -> None:
        """Set the lines apart; what is added at the end takes after them."""
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
