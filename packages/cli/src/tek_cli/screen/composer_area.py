"""The composer: where messages are typed, in every state of the connection."""

from textual import events
from textual.message import Message
from textual.widgets import TextArea

from tek_cli.screen.input_history import InputHistory
from tek_cli.slash_commands import matching


class ComposerArea(TextArea):
    """A draft. Enter submits it; Up in the first and Down in the last line recall earlier input."""

    class Submitted(Message):
        """The user pressed Enter."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Ended(Message):
        """The user pressed Ctrl+D where there is nothing to delete."""

    def __init__(self, history: InputHistory) -> None:
        super().__init__(
            soft_wrap=True,
            tab_behavior="focus",
            highlight_cursor_line=False,
            placeholder="Message, or / for commands · Enter sends · Ctrl+J new line · F1 help",
        )
        self._history = history

    async def on_key(self, event: events.Key) -> None:
        # Not a binding with priority: it would run before keys that were typed earlier.
        match event.key:
            case "enter":
                self.action_submit()
            case "ctrl+j" | "shift+enter" | "alt+enter":
                self.insert("\n")
            case "tab" if matching(self.text):
                self.action_complete()
            case "up":
                self.action_older()
            case "down":
                self.action_newer()
            case "ctrl+d" if not self.text:
                self.post_message(self.Ended())
            case _:
                return
        event.stop()
        event.prevent_default()

    def take(self) -> str:
        """Return the draft, add it to the history and clear it."""
        text = self.text
        self._history.add(text)
        self.clear()
        return text

    def give_back(self, text: str) -> None:
        """Insert `text` before what has been typed since."""
        self.text = "\n".join(filter(None, [text, self.text]))
        self.move_cursor(self.document.end)

    def action_submit(self) -> None:
        """Submit the draft, even an empty one."""
        self.post_message(self.Submitted(self.take()))

    def action_complete(self) -> None:
        """Complete a command."""
        for command in matching(self.text)[:1]:
            self._set(f"{command.name}{' ' if command.argument else ''}")

    def action_older(self) -> None:
        """Move up; from the first line, to earlier input."""
        if self.cursor_location[0] > 0:
            self.action_cursor_up()
        elif (older := self._history.older(self.text)) is not None:
            self._set(older)

    def action_newer(self) -> None:
        """Move down; from the last line, to later input."""
        if self.cursor_location[0] < self.document.line_count - 1:
            self.action_cursor_down()
        elif (newer := self._history.newer()) is not None:
            self._set(newer)

    def update_suggestion(self) -> None:
        commands = matching(self.text)
        is_at_end = self.cursor_location == self.document.end
        self.suggestion = commands[0].name[len(self.text) :] if commands and is_at_end else ""

    def _set(self, text: str) -> None:
        self.text = text
        self.move_cursor(self.document.end)
