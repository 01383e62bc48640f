"""A notice between messages, such as the border between a lost session and the next."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from tek_chat import Kind, Notice
from tek_chat.view import wording
from tek_desktop.widgets.layout_metrics import GAP
from tek_desktop.widgets.small import small_button
from tek_desktop.widgets.user_actions import UserActions


class NoticeWidget(QWidget):
    """Draws a `Notice`, centred between two lines."""

    def __init__(self, user_actions: UserActions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = QLabel(self)
        self._text.setWordWrap(True)
        self._text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._text.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._carry = small_button("Send the earlier messages", self)
        self._carry.setToolTip("Send the messages above to the new session")
        self._carry.clicked.connect(user_actions.carried_over)
        self._carry.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, GAP, 0, GAP)
        row = QHBoxLayout()
        column.addLayout(row)
        column.addWidget(self._carry, 0, Qt.AlignmentFlag.AlignHCenter)
        row.addWidget(_rule(self), 1)
        row.addWidget(self._text, 4)
        row.addWidget(_rule(self), 1)

    def draw(self, notice: Notice) -> None:
        """Show the notice."""
        self._text.setText(notice_text(notice))

    def offer(self, is_offered: bool) -> None:  # noqa: FBT001 - its only meaning
        """Show or hide the button that sends the messages above to the new session."""
        self._carry.setVisible(is_offered)


def notice_text(notice: Notice) -> str:
    """Return the text of a notice."""
    match notice.kind:
        case Kind.SESSION_LOST:
            text = wording.session_lost(notice.text)
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
