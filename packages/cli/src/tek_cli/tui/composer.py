"""Where messages are typed. It must never lose what was typed, nor refuse to be typed in."""

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import TextArea

from tek_cli.tui.commands import matching
from tek_cli.tui.history import History


class Composer(TextArea):
    """A draft. Enter submits it; Up and Down at its ends go through what was typed before."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", "Send", show=False, priority=True),
        Binding("ctrl+j,shift+enter,alt+enter", "newline", "New line", show=False, priority=True),
        Binding("tab", "complete", "Complete", show=False, priority=True),
        Binding("up", "up", "Up, or what was typed before", show=False, priority=True),
        Binding("down", "down", "Down, or what was typed after", show=False, priority=True),
        Binding("ctrl+d", "end", "Delete, or leave", show=False, priority=True),
    ]

    class Submitted(Message):
        """The user pressed Enter."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Ended(Message):
        """The user pressed Ctrl+D where there is nothing to delete."""

    class LeftUpwards(Message):
        """The user wants to go to the messages."""

    def __init__(self, history: History) -> None:
        super().__init__(
            soft_wrap=True,
            tab_behavior="focus",
            highlight_cursor_line=False,
            placeholder="Message, or / for commands · Enter sends, Ctrl+J is a new line · F1 help",
        )
        self._history = history

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

    def action_newline(self) -> None:
        """Begin a new line."""
        self.insert("\n")

    def action_complete(self) -> None:
        """Complete a command, or go on to the next part of the screen."""
        fitting = matching(self.text)
        if fitting:
            self._set(f"{fitting[0].name}{' ' if fitting[0].argument else ''}")
        else:
            self.screen.focus_next()

    def action_up(self) -> None:
        """Go up; from the first line, to what was typed before, and at last to the messages."""
        if self.cursor_location[0] > 0:
            self.action_cursor_up()
        elif (older := self._history.older(self.text)) is not None:
            self._set(older)

    def action_down(self) -> None:
        """Go down; from the last line, to what was typed after."""
        if self.cursor_location[0] < self.document.line_count - 1:
            self.action_cursor_down()
        elif (newer := self._history.newer()) is not None:
            self._set(newer)

    def action_end(self) -> None:
        """Delete to the right; an empty draft ends the chat."""
        if self.text:
            self.action_delete_right()
        else:
            self.post_message(self.Ended())

    def update_suggestion(self) -> None:
        fitting = matching(self.text)
        is_at_end = self.cursor_location == self.document.end
        self.suggestion = fitting[0].name[len(self.text) :] if fitting and is_at_end else ""

    def _set(self, text: str) -> None:
        self.text = text
        self.move_cursor(self.document.end)
