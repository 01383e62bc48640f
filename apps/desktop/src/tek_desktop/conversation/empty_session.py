"""What a session without messages shows."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from tek_desktop.widgets.layout_metrics import GAP

_NEW = "Your first message starts a new session."
_KNOWN = "The earlier messages of session {} are on the gateway.\nContinue where you left off."


class EmptySession(QWidget):
    """A centred title and a hint."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        title, self._hint = QLabel("What can I help with?", self), QLabel(self)
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
        """Show the hint for a session, "" for a new one."""
        self._hint.setText(_KNOWN.format(session_id) if session_id else _NEW)
