"""A message of the user, its delivery state, and the answer to it."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from tek_chat import Answer, Exchange
from tek_chat.view import wording
from tek_desktop.conversation.answer_widget import AnswerWidget
from tek_desktop.conversation.bubble import Bubble
from tek_desktop.widgets.layout_metrics import GAP
from tek_desktop.widgets.small import small_button, small_label
from tek_desktop.widgets.user_actions import UserActions


class ExchangeWidget(QWidget):
    """Draws an `Exchange`; `draw_answer` alone draws a growing answer."""

    def __init__(self, user_actions: UserActions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.message_id = ""
        self._shown: tuple[Answer | None, str] = (None, "")
        self._bubble = Bubble(self)
        self._state = small_label(self)
        self._retry = small_button("Retry", self)
        self._edit = small_button("Edit", self)
        self._delete = small_button("Delete", self)
        self._answer = AnswerWidget(user_actions, self)
        self._retry.clicked.connect(lambda: user_actions.retried.emit(self.message_id))
        self._edit.clicked.connect(lambda: user_actions.edited.emit(self.message_id))
        self._delete.clicked.connect(lambda: user_actions.discarded.emit(self.message_id))
        self._build_layout()

    def draw(self, exchange: Exchange) -> None:
        """Show the message and its delivery state."""
        self.message_id = exchange.id
        self._bubble.show_text(exchange.text)
        self._state.setText(wording.marked(exchange.delivery, exchange.problem))
        self._retry.setVisible(wording.is_aside(exchange))
        for button in (self._edit, self._delete):
            button.setVisible(wording.can_be_taken_back(exchange))

    def draw_answer(self, answer: Answer | None, paused: str = "") -> None:
        """Show the answer so far; `paused` is the text for one that waits to continue."""
        if self._shown != (answer, paused):
            self._shown = (answer, paused)
            self._answer.draw(answer, paused)

    def _build_layout(self) -> None:
        state = QHBoxLayout()
        state.setSpacing(GAP)
        self._state.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        state.addWidget(self._state, 1)
        for button in (self._retry, self._edit, self._delete):
            state.addWidget(button)
        # The state keeps its height when it is empty, so that nothing below it jumps.
        state.addStrut(self._state.fontMetrics().lineSpacing())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, GAP)
        column.setSpacing(GAP // 2)
        column.addWidget(self._bubble)
        column.addLayout(state)
        column.addWidget(self._answer)
