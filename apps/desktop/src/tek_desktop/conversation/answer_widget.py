"""An answer: reasoning, steps, text, sources, how it ended, and what it used."""

from html import escape

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from tek_chat import Answer, Ending
from tek_chat.view import wording
from tek_desktop.conversation.answer_body import AnswerBody
from tek_desktop.conversation.step_card import StepCard, TodoCard
from tek_desktop.widgets.folding_card import Fold
from tek_desktop.widgets.layout_metrics import GAP
from tek_desktop.widgets.small import small_button, small_label
from tek_desktop.widgets.text_view import TextView
from tek_desktop.widgets.user_actions import UserActions

_NOTHING = Answer("")


class AnswerWidget(QWidget):
    """Draws an `Answer`, which may still grow."""

    def __init__(self, user_actions: UserActions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._user_actions = user_actions
        self._answer = _NOTHING
        self._steps: list[StepCard] = []
        self._todos = TodoCard(self)
        self._body = AnswerBody(self)
        self._reasoning_text = TextView("Reasoning", self)
        self._reasoning = Fold("Reasoning", self._reasoning_text, self)
        self._sources = TextView("Sources", self)
        self._ending, self._usage = small_label(self), small_label(self)
        self._copy = small_button("Copy", self)
        self._copy.setToolTip("Copy the whole answer")
        self._copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self._answer.text))
        self._reasoning.opened.connect(self._draw_reasoning)
        self._build_layout()
        self.draw(None)

    def draw(self, answer: Answer | None, paused: str = "") -> None:
        """Show the answer so far; `paused` is the text for one that waits to continue."""
        self.setVisible(answer is not None)
        before, self._answer = self._answer, answer or _NOTHING
        now, is_growing = self._answer, self._answer.ending is Ending.GROWING
        if now.text != before.text or now.ending is not before.ending:
            self._body.draw(now.text, is_growing=is_growing)
            self._body.setVisible(bool(now.text))
        if now.steps is not before.steps:
            self._draw_steps()
        self._todos.draw(now.todos)
        if now.reasoning != before.reasoning:
            self._draw_reasoning()
        self._reasoning.setVisible(bool(now.reasoning))
        if now.sources != before.sources:
            self._draw_sources()
        self._sources.setVisible(bool(now.sources))
        ending = wording.early_end_mark(now) or (paused if is_growing else "")
        self._ending.setText(ending)
        self._ending.setVisible(bool(ending))
        self._usage.setText(wording.consumed(now))
        self._foot.setVisible(not is_growing and bool(now.text))

    def _draw_steps(self) -> None:
        steps = self._answer.steps
        while len(self._steps) > len(steps):
            card = self._steps.pop()
            card.hide()
            card.deleteLater()
        while len(self._steps) < len(steps):
            self._steps.append(StepCard(self._user_actions, self))
            self._cards.addWidget(self._steps[-1])
        for card, step in zip(self._steps, steps, strict=True):
            card.draw(step)

    def _draw_reasoning(self) -> None:
        if self._reasoning.is_open:
            self._reasoning_text.show_text(self._answer.reasoning)

    def _draw_sources(self) -> None:
        links = [
            f'<a href="{escape(source.url)}">{escape(source.title or source.url)}</a>'
            for source in self._answer.sources
        ]
        self._sources.setHtml(f"Sources: {' · '.join(links)}")

    def _build_layout(self) -> None:
        self._foot = QWidget(self)
        foot = QHBoxLayout(self._foot)
        foot.setContentsMargins(0, 0, 0, 0)
        foot.addWidget(self._usage, 1)
        foot.addWidget(self._copy)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP // 2)
        self._cards = QVBoxLayout()
        self._cards.setSpacing(GAP // 2)
        column.addWidget(self._reasoning)
        column.addWidget(self._todos)
        column.addLayout(self._cards)
        for widget in (self._body, self._sources, self._ending, self._foot):
            column.addWidget(widget)
