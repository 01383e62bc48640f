"""Where messages are typed. It must never lose what was typed, nor refuse to be typed in."""

from textual import events
from textual.message import Message
from textual.widgets import TextArea

from tek_cli.screen.input_history import InputHistory
from tek_cli.slash_commands import matching


class ComposerArea(TextArea):
    """A draft. Enter submits it; Up and Down at its ends go through what was typed before."""

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
            placeholder="Message, or / for commands · Enter sends, Ctrl+J is a new line · F1 help",
        )
        self._history = history

    async def on_key(self, event: events.Key) -> None:
        # Here and not in a binding: one with priority would overtake what is typed before it.
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
        """Return the draft, which is in the history from now on, and begin a new one."""
        text = self.text
        self._history.add(text)
        self.clear()
        return text

    def give_back(self, text: str) -> None:
        """Put `text` before what has been typed since."""
        self.text = "\n".join(filter(None, [text, self.text]))
        self.move_cursor(self.document.end)

    def action_submit(self) -> None:
        """Submit the draft; an empty one is a nudge."""
        self.post_message(self.Submitted(self.take()))

    def action_complete(self) -> None:
        """Complete a command."""
        for command in matching(self.text)[:1]:
            self._set(f"{command.name}{' ' if command.argument else ''}")

    def action_older(self) -> None:
        """Go up; from the first line, to what was typed before."""
        if self.cursor_location[0] > 0:
            self.action_cursor_up()
        elif (older := self._history.older(self.text)) is not None:
            self._set(older)

    def action_newer(self) -> None:
        """Go down; from the last line, to what was typed after."""
        if self.cursor_location[0] < self.document.line_count - 1:
            self.action_cursor_down()
        elif (newer := self._history.newer()) is not None:
            self._set(newer)

    def update_suggestion(self) -> None:
        fitting = matching(self.text)
        is_at_end = self.cursor_location == self.document.end
        self.suggestion = fitting[0].name[len(self.text) :] if fitting and is_at_end else ""

    def _set(self, text: str) -> None:
        self.text = text
        self.move_cursor(self.document.end)
