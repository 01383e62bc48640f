"""What the keys of the whole screen do."""

import time
from collections.abc import Callable, Iterable
from functools import partial

from textual.app import SystemCommand
from textual.binding import Binding
from textual.screen import Screen

from reconnect_core import RequestFailed
from tek_chat import Client
from tek_cli.screen.answer_copier import AnswerCopier
from tek_cli.screen.chat_layout import ChatLayout
from tek_cli.screen.dialogs import Help
from tek_cli.screen.input_history import InputHistory
from tek_cli.screen.key_bindings import APP_KEYS
from tek_cli.screen.message_actions import MessageActions
from tek_cli.screen.session_actions import SessionActions
from tek_protocol.chat import Decision


class KeyActions(ChatLayout):
    """The layout with its keys, which act on `client`; `typed` came before the start."""

    BINDINGS = APP_KEYS

    def __init__(
        self,
        client: Client,
        history: InputHistory,
        *,
        clock: Callable[[], float] = time.time,
        typed: str = "",
    ) -> None:
        super().__init__(history, clock, client.model)
        self.client, self.typed = client, typed
        client.on_failure = self.show_failure
        self.messages = MessageActions(client, self.composer, self.tell)
        self.sessions = SessionActions(self, client, self.sidebar, self.tell)
        self.copier = AnswerCopier(self, self.tell)

    def show_failure(self, error: Exception) -> None:
        """Tell why an order failed; an unexpected error ends the app."""
        if isinstance(error, RequestFailed):
            self.tell(str(error))
        else:
            self.run_worker(_fail(error))

    def action_interrupt(self) -> None:
        """Copy the selection; otherwise stop the answer; otherwise clear the draft."""
        selected = self.screen.get_selected_text() or self.composer.selected_text
        if selected:
            self.copier.copy(selected, "selection")
            self.screen.clear_selection()
        elif self.client.view.due is not None:
            self.messages.stop()
        elif self.composer.text:
            self.composer.take()
        else:
            self.tell("Press Ctrl+D to quit")

    def action_decide(self, decision: Decision) -> None:
        """Answer the question that is shown."""
        if self.question.question is not None:
            self.messages.decide(self.question.question, decision)

    def action_retry_now(self) -> None:
        """Reconnect now."""
        self.client.retry_now()

    def action_carry_over(self) -> None:
        """Send a lost session's messages to this one."""
        self.messages.carry_over()

    def action_copy_code(self) -> None:
        """Copy the last code block; pressed again, the one before."""
        self.copier.copy_code_block(self.client.view, self.transcript.chosen)

    def action_new_session(self) -> None:
        """Start a new session."""
        self.sessions.open("")
        self.composer.focus()

    def action_sidebar(self) -> None:
        """Show the sessions and focus them, or hide them."""
        if self.sidebar.has_class("-shown"):
            self.sidebar.remove_class("-shown")
            self.composer.focus()
        else:
            self.show_sidebar()

    def show_sidebar(self) -> None:
        """Show the sessions and focus them."""
        self.sessions.refresh()
        self.sidebar.add_class("-shown")
        self.sidebar.list.focus()

    def action_help(self) -> None:
        """Show or hide the help."""
        if isinstance(self.screen, Help):
            self.pop_screen()
        else:
            self.push_screen(Help())

    def action_details(self) -> None:
        """Show or hide reasoning and tool details."""
        self.transcript.show_details(with_details=not self.transcript.has_class("-details"))

    def action_messages(self) -> None:
        """Focus the last message."""
        self.transcript.focus()
        self.run_worker(self.transcript.action_go(-1))

    def action_compose(self) -> None:
        """Go back to the draft and the end of the conversation."""
        self.composer.focus()
        self.transcript.follow()

    def action_end(self) -> None:
        """Quit, unless there is a draft."""
        if self.composer.text:
            self.composer.focus()
        else:
            self.action_quit_chat()

    def action_quit_chat(self) -> None:
        """Quit."""
        self.exit()

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        del screen
        for binding in self.BINDINGS:
            if isinstance(binding, Binding) and binding.priority:
                run = partial(self.run_action, binding.action)
                yield SystemCommand(binding.description, binding.key, run)
        yield SystemCommand("Theme", "Choose colours", self.action_change_theme)
        yield SystemCommand("Quit", "Unsent messages are kept", self.action_quit_chat)


async def _fail(error: Exception) -> None:
    raise error
