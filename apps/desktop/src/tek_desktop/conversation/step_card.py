"""The steps of an answer: tools, processes, questions to the user, and the to-do list."""

from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from tek_chat import Approval, Checklist, Consent, Process, Step, Todo, Tool
from tek_chat.view import steps_wording
from tek_desktop.widgets.folding_card import Fold
from tek_desktop.widgets.layout_metrics import GAP, ROUND, mixed
from tek_desktop.widgets.small import small_label
from tek_desktop.widgets.text_view import TextView
from tek_desktop.widgets.user_actions import UserActions

_TINT = 0.05
_DECISIONS = (("Allow once", "once"), ("Allow in this session", "session"), ("Deny", "deny"))


class Card(QWidget):
    """A tinted box; its content goes into `column`."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(GAP + GAP // 2, GAP, GAP, GAP)
        self.column.setSpacing(GAP // 2)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(mixed(self.palette(), QPalette.ColorRole.Text, _TINT))
        painter.drawRoundedRect(self.rect(), ROUND, ROUND)


class StepCard(Card):
    """Draws a `Step`: its name, state and details, and the buttons of a question."""

    def __init__(self, user_actions: UserActions, parent: QWidget | None = None) -> None:
        super().__init__("Step", parent)
        self._step: Step | None = None
        self._title, self._summary = QLabel(self), small_label(self)
        self._summary.setForegroundRole(QPalette.ColorRole.Text)
        self._details = TextView("Details", self)
        self._fold = Fold("Details", self._details, self)
        self._buttons = QWidget(self)
        self._title.setTextFormat(Qt.TextFormat.PlainText)
        self._title.setWordWrap(True)
        row = QHBoxLayout(self._buttons)
        row.setContentsMargins(0, 0, 0, 0)
        self._decisions = [QPushButton(name, self) for name, _ in _DECISIONS]
        for button, (_, decision) in zip(self._decisions, _DECISIONS, strict=True):
            button.clicked.connect(partial(self._decide, user_actions, decision))
            row.addWidget(button)
        self._answers = [QPushButton(name, self) for name in ("Go ahead", "Decline")]
        for button in self._answers:
            button.clicked.connect(partial(self._confirm, user_actions, button is self._answers[0]))
            row.addWidget(button)
        row.addStretch(1)
        for widget in (self._title, self._summary, self._fold, self._buttons):
            self.column.addWidget(widget)

    def draw(self, step: Step) -> None:
        """Show `step`."""
        if step is self._step:
            return
        self._step = step
        mark = steps_wording.mark(step)
        self._title.setText(f"{mark.icon} {steps_wording.titled(step)}: {mark.text}")
        self.setAccessibleDescription(self._title.text())
        summary, details = _summary_and_details(step)
        self._summary.setText(summary)
        self._summary.setVisible(bool(summary))
        self._details.show_text(details)
        self._fold.setVisible(bool(details))
        pending = not isinstance(step, Tool | Process) and step.state is Consent.PENDING
        self._buttons.setVisible(pending)
        for button in self._decisions:
            button.setVisible(isinstance(step, Approval))
        for button in self._answers:
            button.setVisible(isinstance(step, Checklist))

    def _decide(self, user_actions: UserActions, decision: str) -> None:
        if self._step is not None:
            user_actions.decided.emit(self._step.id, decision)

    def _confirm(self, user_actions: UserActions, accepted: bool) -> None:  # noqa: FBT001 - the button's only value
        if self._step is not None:
            user_actions.confirmed.emit(self._step.id, accepted)


class TodoCard(Card):
    """Draws the to-do list of the model."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("To do", parent)
        self._lines = small_label(self)
        self._lines.setForegroundRole(QPalette.ColorRole.Text)
        self.column.addWidget(self._lines)

    def draw(self, todos: tuple[Todo, ...]) -> None:
        """Show `todos`; hide the card if there are none."""
        lines = "\n".join(f"{steps_wording.mark(each).icon} {each.text}" for each in todos)
        self._lines.setText(lines)
        self.setVisible(bool(todos))


def _summary_and_details(step: Step) -> tuple[str, str]:
    """Return the text of a step that is always shown, and the details that are folded away."""
    match step:
        case Tool(input=given, result=result):
            return "", "\n\n".join(filter(None, (given, result)))
        case Process():
            return "", steps_wording.output(step)
        case Approval(input=given, reason=reason):
            return "\n".join(filter(None, (reason, given))), ""
        case Checklist(points=points):
            return "\n".join(f"{steps_wording.mark(each).icon} {each.text}" for each in points), ""
