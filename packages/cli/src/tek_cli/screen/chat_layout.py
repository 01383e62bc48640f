"""The widgets of the whole screen, where they are, and how they draw a view."""

import os
from collections.abc import Callable
from pathlib import Path

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Static

from tek_chat import View
from tek_cli.screen.composer_area import ComposerArea
from tek_cli.screen.input_history import InputHistory
from tek_cli.screen.quiet_app import QuietApp
from tek_cli.screen.sidebar import Sidebar
from tek_cli.screen.status_lines import ConnectionLine, InfoLine, Offer, QuestionBar
from tek_cli.screen.terminal_colours import is_light
from tek_cli.screen.transcript_pane import TranscriptPane

_EMPTY = "What can I help with? F1 shows keys and commands."


class ChatLayout(QuietApp):
    """An app that can draw a view, and has no client yet. `clock` returns Unix seconds."""

    TITLE = "Tek"
    CSS_PATH = Path(__file__).with_name("style.tcss")
    AUTO_FOCUS = None
    COMMAND_PALETTE_BINDING = "ctrl+p"

    def __init__(self, history: InputHistory, clock: Callable[[], float], model: str) -> None:
        super().__init__()
        self.transcript, self.sidebar = TranscriptPane(), Sidebar()
        self.composer = ComposerArea(history)
        self.info, self.connection_line = InfoLine(model), ConnectionLine(clock)
        self.question, self.offer = QuestionBar(), Offer()
        self.empty = Static(_EMPTY, id="empty")

    def compose(self) -> ComposeResult:
        with Horizontal(id="main"):
            yield self.sidebar
            with Vertical(id="conversation"):
                yield self.empty
                yield self.transcript
                yield self.offer
                yield self.question
                yield self.composer
        yield self.info
        yield self.connection_line

    def on_mount(self) -> None:
        self.theme = "textual-light" if is_light(os.environ) else "textual-dark"
        self.screen.set_focus(self.composer)  # at once: keys may be waiting

    async def draw(self, view: View) -> None:
        """Show `view`."""
        self.connection_line.draw(view)
        self.sidebar.mark(view.session_id)
        self.empty.display = view.is_new
        self.question.draw(view)
        self.offer.draw(view)
        await self.transcript.draw(view)
        self.info.draw(view)

    def tell(self, text: str) -> None:
        """Show a notification for a few seconds."""
        self.notify(text, markup=False)
