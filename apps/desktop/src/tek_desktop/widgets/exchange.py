"""A message of the user, how far it has come, and the answer to it.

It must never judge the state of a message: it shows the words for it.
"""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont, QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from tek_chat import Answer, Exchange, words
from tek_chat.items import ASIDE
from tek_desktop.widgets.bubble import Bubble
from tek_desktop.widgets.metrics import GAP
from tek_desktop.widgets.text_view import TextView


class ExchangeWidget(QWidget):
    """Draws an `Exchange`; the answer may grow while nothing else changes."""

    retry_wanted = Signal(str)
    discard_wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.message_id = ""
        self._answer_shown: Answer | None = None
        self._bubble = Bubble(self)
        self._state = _small_label(self)
        self._retry = _small_button("Retry", self)
        self._delete = _small_button("Delete", self)
        self._answer = TextView("Answer", self)
        self._ending = _small_label(self)
        self._answer.hide()
        self._ending.hide()
        self._retry.clicked.connect(lambda: self.retry_wanted.emit(self.message_id))
        self._delete.clicked.connect(lambda: self.discard_wanted.emit(self.message_id))
        self._lay_out()

    def draw(self, exchange: Exchange) -> None:
        """Show the message, and its answer if it has ended."""
        self.message_id = exchange.id
        self._bubble.show_text(exchange.text)
        self._state.setText(words.marked(exchange.delivery, exchange.problem))
        for button in (self._retry, self._delete):
            button.setVisible(exchange.delivery in ASIDE)
        self.draw_answer(exchange.answer)

    def draw_answer(self, answer: Answer | None) -> None:
        """Show the answer as far as it has come."""
        if answer is self._answer_shown:
            return
        self._answer_shown = answer
        text = answer.text if answer else ""
        self._answer.show_text(text)
        self._answer.setVisible(bool(text))
        ending = words.cut(answer) if answer else ""
        self._ending.setText(ending)
        self._ending.setVisible(bool(ending))

    def _lay_out(self) -> None:
        state = QHBoxLayout()
        state.setSpacing(GAP)
        self._state.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        state.addWidget(self._state, 1)
        for button in (self._retry, self._delete):
            state.addWidget(button)
        # The line of the state keeps its height, so that nothing jumps when it has no words.
        state.addStrut(self._state.fontMetrics().lineSpacing())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, GAP)
        column.setSpacing(GAP // 2)
        column.addWidget(self._bubble)
        column.addLayout(state)
        column.addWidget(self._answer)
        column.addWidget(self._ending)


def _small_label(parent: QWidget) -> QLabel:
    label = QLabel(parent)
    label.setForegroundRole(QPalette.ColorRole.PlaceholderText)
    label.setFont(_small(label.font()))
    label.setWordWrap(True)
    label.setMinimumWidth(1)  # a long word must not keep the window from getting narrower
    return label


def _small_button(text: str, parent: QWidget) -> QToolButton:
    button = QToolButton(parent)
    button.setText(text)
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    button.setFont(_small(button.font()))
    return button


def _small(font: QFont) -> QFont:
    font.setPointSizeF(font.pointSizeF() * 0.9)
    return font
