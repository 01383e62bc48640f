"""Questions of the client itself, and its help. It must never take a key that was not pressed."""

from typing import ClassVar

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Static

from tek_cli.slash_commands import COMMANDS

KEYS = {
    "Enter": "send; on an empty draft: try to connect now",
    "Ctrl+J, Shift+Enter": "new line",
    "Up, Down": "at the ends of the draft: what was typed before",
    "Tab": "complete a command; else go on to sessions and messages",
    "Escape": "back to the draft, and to the end of the conversation",
    "Ctrl+C": "stop the answer; else clear the draft, which Up brings back",
    "Ctrl+D": "leave, if the draft is empty; what was not sent is kept",
    "F2, F3, F4": "a tool asks: once, for this session, no",
    "F5": "try to connect now",
    "F6": "send a lost session's messages to the new one",
    "F8": "copy a code block: the last one, and with each further press the one before",
    "Ctrl+B": "show or hide the sessions",
    "Ctrl+G": "go to the messages: Up and Down, then r again, e edit, d delete, c copy",
    "Ctrl+N": "new session",
    "Ctrl+P": "every command, by name",
    "Ctrl+T": "show or hide reasoning and details of tools",
}

LEAVE = Binding("ctrl+d", "app.end", "Leave", show=False)
"""What is left of the app's keys while a dialog is shown, and needs no priority there."""


class Help(ModalScreen[None]):
    """Every key and every command."""

    AUTO_FOCUS = "*"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter", "dismiss", "Close", show=False),
        LEAVE,
    ]

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog"):
            yield Static("Keys", classes="heading")
            yield Static(_table(KEYS))
            yield Static("Commands", classes="heading")
            commands = {each.usage: each.help for each in COMMANDS}
            yield Static(_table(commands))
            yield Static("Any other word with a slash is a message. Escape closes this.")


class Confirm(ModalScreen[bool]):
    """A question that only `y`, or its button, says yes to."""

    AUTO_FOCUS = "*"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "dismiss(True)", "Yes", show=False),
        Binding("n,escape", "dismiss(False)", "No", show=False),
        LEAVE,
    ]

    def __init__(self, question: str) -> None:
        super().__init__()
        self._question = question

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(self._question, markup=False)
            yield Button("No (n)", id="no", compact=True)
            yield Button("Yes (y)", id="yes", compact=True)

    def on_button_pressed(self, event: Button.Pressed) -> None:
        self.dismiss(event.button.id == "yes")


class Ask(ModalScreen[str | None]):
    """A question for a line of text; None if the user thinks better of it."""

    AUTO_FOCUS = "*"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", show=False),
        LEAVE,
    ]

    def __init__(self, question: str, value: str) -> None:
        super().__init__()
        self._question, self._value = question, value

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(self._question, markup=False)
            yield Input(self._value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        self.dismiss(event.value.strip())


def _table(rows: dict[str, str]) -> Table:
    table = Table.grid(padding=(0, 2))
    for name, text in rows.items():
        table.add_row(Text(name), Text(text))
    return table
