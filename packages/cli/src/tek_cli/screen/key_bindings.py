"""The keys of the whole screen, and the help text of every key."""

from collections.abc import Mapping

from textual.binding import Binding, BindingType

APP_KEYS: list[BindingType] = [
    Binding("f1", "help", "Help", priority=True),
    Binding("f2", "decide('once')", "Allow once", priority=True),
    Binding("f3", "decide('session')", "Allow for this session", priority=True),
    Binding("f4", "decide('deny')", "Deny", priority=True),
    Binding("f5", "retry_now", "Reconnect now", priority=True),
    Binding("f6", "carry_over", "Send a lost session's messages", priority=True),
    Binding("f8", "copy_code", "Copy a code block", priority=True),
    Binding("ctrl+b", "sidebar", "Sessions", priority=True),
    Binding("ctrl+c", "interrupt", "Stop, or clear the draft", priority=True, system=True),
    Binding("ctrl+d", "end", "Quit", show=False),
    Binding("ctrl+g", "messages", "Go to the messages", priority=True),
    Binding("ctrl+n", "new_session", "New session", priority=True),
    Binding("ctrl+t", "details", "Show or hide details", priority=True),
    Binding("escape", "compose", "Back to the draft", show=False),
]
"""The app's own keys. One with priority works wherever the focus is."""

QUIT_KEY = Binding("ctrl+d", "app.end", "Quit", show=False)
"""For a dialog, which hides the app's keys without priority."""

KEY_HELP: Mapping[str, str] = {
    "Enter": "send; when the draft is empty: reconnect now",
    "Ctrl+J, Shift+Enter": "new line",
    "Up, Down": "in the first or last line: earlier or later input",
    "Tab": "complete a command; otherwise go to the sessions or messages",
    "Escape": "back to the draft and the end of the conversation",
    "Ctrl+C": "stop the answer; otherwise clear the draft (Up brings it back)",
    "Ctrl+D": "quit, when the draft is empty; unsent messages are kept",
    "F2, F3, F4": "when a tool asks: allow once, allow for this session, deny",
    "F5": "reconnect now",
    "F6": "send a lost session's messages to this one",
    "F8": "copy the last code block; press again for the one before",
    "Ctrl+B": "show or hide the sessions",
    "Ctrl+G": "go to the messages: Up and Down, then r send, e edit, d delete, c copy",
    "Ctrl+N": "new session",
    "Ctrl+P": "search all commands",
    "Ctrl+T": "show or hide reasoning and tool details",
}
"""What the help says of each key."""
