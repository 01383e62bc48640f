"""The whole-screen chat: it draws views and passes the user's actions on to the client."""

import asyncio
import time
from collections.abc import Callable, Mapping
from contextlib import aclosing
from functools import partial
from typing import cast, get_args

from textual import on
from textual.widgets import TextArea

from tek_chat import View
from tek_cli.screen.composer_area import ComposerArea
from tek_cli.screen.key_actions import KeyActions
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


class ChatApp(KeyActions):
    """The chat of a client that the caller enters and closes."""

    def on_mount(self) -> None:
        self.run_worker(self._draw_views())
        self.run_worker(self.sessions.keep_list())
        *lines, draft = self.typed.split("\n")
        for line in lines:
            self.submit(line)
        self.composer.give_back(draft)

    # ---- Draw and submit ---------------------------------------------------------------------

    async def draw(self, view: View) -> None:
        self.sessions.note(view)
        await super().draw(view)

    def submit(self, text: str) -> None:
        """Send `text`, run it if it is a command, or reconnect now if it is blank."""
        command = read_command(text)
        if not text.strip():
            self.action_retry_now()
        elif command is None:
            self.transcript.follow()
            self.messages.submit(text)
        else:
            name, argument = command
            self._commands(argument)[name]()

    async def _draw_views(self) -> None:
        async with aclosing(self.client.views()) as views:
            async for view in views:
                begin = time.perf_counter()
                await self.draw(view)
                await asyncio.sleep(FRAME)
                late = time.perf_counter() - begin - FRAME
                # Pause for as long as drawing took, so that keys come first.
                await asyncio.sleep(min(late, _LONGEST_PAUSE))

    # ---- Slash commands ----------------------------------------------------------------------

    def _commands(self, argument: str) -> Mapping[str, Callable[[], object]]:
        """Return what each slash command does with `argument`."""
        view = self.client.view
        return {
            "/new": self.action_new_session,
            "/sessions": partial(self._open_or_list, argument),
            "/rename": partial(self.sessions.rename_current, argument),
            "/delete": lambda: self.run_worker(self.sessions.ask_to_delete_current()),
            "/model": partial(self._choose_model, argument),
            "/retry": self.messages.retry_all,
            "/approve": partial(self._approve, argument),
            "/stop": self.messages.stop,
            "/copy": partial(self.copier.copy_last_answer, view),
            "/export": lambda: self.tell(export_session(view, argument)),
            "/carry": self.messages.carry_over,
            "/status": lambda: self.tell(status_report(view, RETRY_HINT)),
            "/help": self.action_help,
            "/quit": self.action_quit_chat,
        }

    def _open_or_list(self, session_id: str) -> None:
        if session_id:
            self.sessions.open(session_id)
        else:
            self.show_sidebar()

    def _approve(self, word: str) -> None:
        if word in get_args(Decision):
            self.action_decide(cast("Decision", word))
        else:
            self.tell(f"Usage: /approve {'|'.join(get_args(Decision))}")

    def _choose_model(self, name: str) -> None:
        """Use the model `name` from the next message on; without a name, list the models."""
        if name:
            self.client.model = self.info.wanted_model = name
            self.info.draw(self.client.view)
        self.client.request(partial(self._show_model, with_list=not name))

    async def _show_model(self, *, with_list: bool) -> None:
        models = await self.client.models() if with_list else ()
        name = self.client.model or "the gateway's default"
        if models and not self.client.model:
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
                self.messages.retry(exchange)
            case "discard":
                self.messages.discard(exchange)
            case "edit":
                self.messages.edit(exchange)
            case "copy":
                self.copier.copy(exchange.answer.text if exchange.answer else "", "answer")

    @on(Sidebar.Wanted)
    def _act_on_session(self, event: Sidebar.Wanted) -> None:
        session = event.session
        match event.action:
            case "new":
                self.action_new_session()
            case _ if session is None:
                self.tell(self.sidebar.nothing_selected)
            case "open":
                self.sessions.open(session.session_id)
                self.composer.focus()
            case "rename":
                self.run_worker(self.sessions.ask_to_rename(session))
            case "delete":
                self.run_worker(self.sessions.ask_to_delete(session))
