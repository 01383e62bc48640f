"""The lines at the bottom of the screen, and those above the draft.

What the connection line says, and when, is decided by `tek_chat.view.wording.status`.
"""

from collections.abc import Callable, Sequence

from textual.content import Content
from textual.widgets import Static

from tek_chat import Item, Question, View
from tek_chat.view import status_line, wording
from tek_chat.view.control_characters import clean
from tek_cli.screen.answer_details import step_text
from tek_cli.screen.answer_totals import answer_total, finished_answers
from tek_cli.slash_commands import matching

RETRY_HINT = "F5 now"

_TICK = 0.25
"""Seconds between two updates: enough for a countdown in seconds."""


class ConnectionLine(Static):
    """The last line of the screen: the connection, empty while all is well."""

    def __init__(self, clock: Callable[[], float]) -> None:
        super().__init__()
        self.clock = clock
        self._view = View()
        self.text = ""

    def on_mount(self) -> None:
        self.set_interval(_TICK, self.tick)

    def draw(self, view: View) -> None:
        """Show the connection of `view`."""
        if view is not self._view:
            self._view = view
            self.tick()

    def tick(self) -> None:
        """Update the text to the current time."""
        status = status_line.status(self._view, self.clock(), retry_hint=RETRY_HINT)
        text = "" if status is None else str(status)
        if text != self.text:
            self.text = text
            self.update(Content(clean(text)))
            self.set_class(status is not None and status.icon == wording.UP, "-up")
            self.set_class(status is not None and status.icon == wording.STOPPED, "-stopped")


class InfoLine(Static):
    """The line above it: gateway, model and usage, or the commands that match the draft."""

    def __init__(self, wanted_model: str = "") -> None:
        super().__init__()
        self._view = View()
        self._info = self.text = ""
        self._draft = ""
        self.wanted_model = wanted_model

    def draw(self, view: View) -> None:
        """Show the gateway, model and usage of `view`."""
        last, self._view = self._view, view
        if view.items is not last.items or view.connection.gateway != last.connection.gateway:
            self._info = _info(view)
        self._show()

    def hint(self, draft: str) -> None:
        """Show the commands that begin with `draft`."""
        self._draft = draft
        self._show()

    def _show(self) -> None:
        commands = matching(self._draft)
        if commands and self._draft != "/":
            text = " · ".join(f"{each.usage}: {each.help}" for each in commands)
        elif commands:
            text = " ".join(each.name for each in commands)
        else:
            wanted = f"next: {self.wanted_model}" if self.wanted_model else ""
            text = " · ".join(filter(None, [self._info, wanted]))
        if text != self.text:
            self.text = text
            self.update(Content(clean(text)))


def _info(view: View) -> str:
    used = wording.consumed(answer_total(finished_answers(view)))
    return " · ".join(filter(None, [view.connection.gateway, used]))


class QuestionBar(Static):
    """The first question that waits for the user, above the draft; hidden if there is none."""

    def __init__(self) -> None:
        super().__init__()
        self.question: Question | None = None
        self.display = False

    def draw(self, view: View) -> None:
        """Show the first question of `view`."""
        pending = view.pending
        question = pending[0] if pending else None
        if question is not self.question:
            self.question = question
            self.display = question is not None
            self.update("" if question is None else Content(step_text(question)))


class Offer(Static):
    """The line that offers to send a lost session's messages, while there are any to send."""

    def __init__(self) -> None:
        super().__init__("F6 sends the earlier messages to this session, as one message")
        self._items: Sequence[Item] = ()
        self.display = False

    def draw(self, view: View) -> None:
        """Show the offer if `view` has something to send."""
        if view.items is not self._items:
            self._items = view.items
            self.display = bool(view.left_behind)
