"""What a session shows in which nothing was said yet."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from tek_desktop.widgets.layout_metrics import GAP

_NEW = "A new session begins with your first message."
_KNOWN = "What was said before in session {} stays at the gateway.\nGo on where you left off."


class EmptySession(QWidget):
    """A title and a hint, in the middle."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        title, self._hint = QLabel("What is on your mind?", self), QLabel(self)
        font = title.font()
        font.setPointSizeF(font.pointSizeF() * 1.6)
        title.setFont(font)
        self._hint.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self._hint.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setSpacing(GAP)
        column.addStretch(2)
        for label in (title, self._hint):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            column.addWidget(label)
        column.addStretch(3)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setAutoFillBackground(True)

    def draw(self, session_id: str) -> None:
        """Say what to expect of the session, "" for one that is new."""
        self._hint.setText(_KNOWN.format(session_id) if session_id else _NEW)
