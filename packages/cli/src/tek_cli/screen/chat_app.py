"""The whole-screen chat: it draws views and passes the user's actions on to the client."""

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import aclosing
from functools import partial
from typing import cast, get_args

from textual import on
from textual.app import SystemCommand
from textual.binding import Binding
from textual.screen import Screen
from textual.widgets import TextArea

from reconnect_core import RequestFailed
from tek_chat import Client, View
from tek_cli.screen.answer_copier import AnswerCopier
from tek_cli.screen.chat_layout import ChatLayout
from tek_cli.screen.composer_area import ComposerArea
from tek_cli.screen.dialogs import Help
from tek_cli.screen.input_history import InputHistory
from tek_cli.screen.key_bindings import APP_KEYS
from tek_cli.screen.message_actions import MessageActions
from tek_cli.screen.session_actions import SessionActions
from tek_cli.screen.session_report import export_session, status_report
from tek_cli.screen.sidebar import Sidebar
from tek_cli.screen.status_lines import RETRY_HINT
from tek_cli.screen.transcript_pane import TranscriptPane
from tek_cli.slash_commands import read_command
from tek_protocol.chat import Decision

FRAME = 0.05
"""Seconds between two drawings: text looks smooth at 20 a second."""

_LONGEST_PAUSE = 0.2
"""Seconds that drawing pauses at most when one drawing takes longer than a frame."""


class ChatApp(ChatLayout):
    """The chat of `client`, which the caller enters and closes; `typed` came before the start."""

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
        self._client, self._typed = client, typed
        client.on_failure = self._show_failure
        self._messages = MessageActions(client, self.composer, self.tell)
        self._sessions = SessionActions(self, client, self.sidebar, self.tell)
        self._copier = AnswerCopier(self, self.tell)

    def on_mount(self) -> None:
        self.run_worker(self._draw_views())
        self.run_worker(self._sessions.keep_list())
        *lines, draft = self._typed.split("\n")
        for line in lines:
            self.submit(line)
        self.composer.give_back(draft)

    # ---- Draw and submit ---------------------------------------------------------------------

    async def draw(self, view: View) -> None:
        self._sessions.note(view)
        await super().draw(view)

    def submit(self, text: str) -> None:
        """Send `text`, run it if it is a command, or reconnect now if it is blank."""
        command = read_command(text)
        if not text.strip():
            self.action_retry_now()
        elif command is None:
            self.transcript.follow()
            self._messages.submit(text)
        else:
            name, argument = command
            self._commands(argument)[name]()

    async def _draw_views(self) -> None:
        async with aclosing(self._client.views()) as views:
            async for view in views:
                begin = time.perf_counter()
                await self.draw(view)
                await asyncio.sleep(FRAME)
                late = time.perf_counter() - begin - FRAME
                # Pause for as long as drawing took, so that keys come first.
                await asyncio.sleep(min(late, _LONGEST_PAUSE))

    def _show_failure(self, error: Exception) -> None:
        """Tell why an order failed; an unexpected error ends the app."""
        if isinstance(error, RequestFailed):
            self.tell(str(error))
        else:
            self.run_worker(_fail(error))

    # ---- Slash commands ----------------------------------------------------------------------

    def _commands(self, argument: str) -> Mapping[str, Callable[[], object]]:
        """Return what each slash command does with `argument`."""
        view = self._client.view
        return {
            "/new": self.action_new_session,
            "/sessions": partial(self._open_or_list, argument),
            "/rename": partial(self._sessions.rename_current, argument),
            "/delete": lambda: self.run_worker(self._sessions.ask_to_delete_current()),
            "/model": partial(self._choose_model, argument),
            "/retry": self._messages.retry_all,
            "/approve": partial(self._approve, argument),
            "/stop": self._messages.stop,
            "/copy": partial(self._copier.copy_last_answer, view),
            "/export": lambda: self.tell(export_session(view, argument)),
            "/carry": self._messages.carry_over,
            "/status": lambda: self.tell(status_report(view, RETRY_HINT)),
            "/help": self.action_help,
            "/quit": self.action_quit_chat,
        }

    def _open_or_list(self, session_id: str) -> None:
        if session_id:
            self._sessions.open(session_id)
        else:
            self._show_sidebar()

    def _approve(self, word: str) -> None:
        if word in get_args(Decision):
            self.action_decide(cast("Decision", word))
        else:
            self.tell(f"Usage: /approve {'|'.join(get_args(Decision))}")

    def _choose_model(self, name: str) -> None:
        """Use the model `name` from the next message on; without a name, list the models."""
        if name:
            self._client.model = self.info.wanted_model = name
            self.info.draw(self._client.view)
        self._client.request(partial(self._show_model, with_list=not name))

    async def _show_model(self, *, with_list: bool) -> None:
        models = await self._client.models() if with_list else ()
        name = self._client.model or "the gateway's default"
        if models and not self._client.model:
            name += f" ({models[0].name})"
        self.tell("\n".join([f"Model: {name}", *(f"· {each.name}" for each in models)]))

    # ---- What the widgets report -------------------------------------------------------------

    @on(ComposerArea.Submitted)
    def _submit_draft(self, event: ComposerArea.Submitted) -> None:
        self.submit(event.text)

    @on(ComposerArea.Ended)
    def _quit(self) -> None:
        self.action_quit_chat()

    @on(TextArea.Changed)
    def _hint_commands(self, event: TextArea.Changed) -> None:
        self.info.hint(event.text_area.text)

    @on(TranscriptPane.Wanted)
    def _act_on_message(self, event: TranscriptPane.Wanted) -> None:
        exchange = event.exchange
        match event.action:
            case "retry":
                self._messages.retry(exchange)
            case "discard":
                self._messages.discard(exchange)
            case "edit":
                self._messages.edit(exchange)
            case "copy":
                self._copier.copy(exchange.answer.text if exchange.answer else "", "answer")

    @on(Sidebar.Wanted)
    def _act_on_session(self, event: Sidebar.Wanted) -> None:
        session = event.session
        match event.action:
            case "new":
                self.action_new_session()
            case _ if session is None:
                self.tell(self.sidebar.nothing_selected)
            case "open":
                self._sessions.open(session.session_id)
                self.composer.focus()
            case "rename":
                self.run_worker(self._sessions.ask_to_rename(session))
            case "delete":
                self.run_worker(self._sessions.ask_to_delete(session))

    # ---- Keys --------------------------------------------------------------------------------

    def action_interrupt(self) -> None:
        """Copy the selection; otherwise stop the answer; otherwise clear the draft."""
        selected = self.screen.get_selected_text() or self.composer.selected_text
        if selected:
            self._copier.copy(selected, "selection")
            self.screen.clear_selection()
        elif self._client.view.due is not None:
            self._messages.stop()
        elif self.composer.text:
            self.composer.take()
        else:
            self.tell("Press Ctrl+D to quit")

    def action_decide(self, decision: Decision) -> None:
        """Answer the question that is shown."""
        if self.question.question is not None:
            self._messages.decide(self.question.question, decision)

    def action_retry_now(self) -> None:
        """Reconnect now."""
        self._client.retry_now()

    def action_carry_over(self) -> None:
        """Send a lost session's messages to this one."""
        self._messages.carry_over()

    def action_copy_code(self) -> None:
        """Copy the last code block; pressed again, the one before."""
        self._copier.copy_code_block(self._client.view, self.transcript.chosen)

    def action_new_session(self) -> None:
        """Start a new session."""
        self._sessions.open("")
        self.composer.focus()

    def action_sidebar(self) -> None:
        """Show the sessions and focus them, or hide them."""
        if self.sidebar.has_class("-shown"):
            self.sidebar.remove_class("-shown")
            self.composer.focus()
        else:
            self._show_sidebar()

    def _show_sidebar(self) -> None:
        self._sessions.refresh()
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
