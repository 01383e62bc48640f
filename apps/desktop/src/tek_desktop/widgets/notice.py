"""A line between messages, such as the border between a lost session and the next.

It must never look like something that somebody said.
"""

from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QWidget

from tek_chat import Kind, Notice, words
from tek_desktop.widgets.metrics import GAP


class NoticeWidget(QWidget):
    """Draws a `Notice` in the middle, between two rules."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = QLabel(self)
        self._text.setWordWrap(True)
        self._text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._text.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, GAP, 0, GAP)
        row.addWidget(_rule(self), 1)
        row.addWidget(self._text, 4)
        row.addWidget(_rule(self), 1)

    def draw(self, notice: Notice) -> None:
        """Show the notice."""
        self._text.setText(notice_text(notice))


def notice_text(notice: Notice) -> str:
    """Return a notice in words."""
    match notice.kind:
        case Kind.SESSION_LOST:
            text = words.session_lost(notice.text)
        case Kind.ERROR:
            text = f"⚠ {notice.text}"
        case Kind.UNKNOWN:
            text = f"not understood: {notice.text}"
    return f"{text} ({notice.times} times)" if notice.times > 1 else text


def _rule(parent: QWidget) -> QFrame:
    rule = QFrame(parent)
    rule.setFrameShape(QFrame.Shape.HLine)
    rule.setFrameShadow(QFrame.Shadow.Plain)
    rule.setForegroundRole(QPalette.ColorRole.Mid)
    rule.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    return rule
