"""The screen: it draws a view, and passes on what the user wants.

It must never decide anything about the connection or a message: what to show is the view's, what
happens next is the client's.
"""

import asyncio
import os
import time
from collections.abc import Callable, Iterable
from contextlib import aclosing, suppress
from functools import partial
from pathlib import Path
from typing import ClassVar, cast, get_args

from textual.app import App, ComposeResult, SystemCommand
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.widgets import Static, TextArea
from textual.worker import WorkerFailed

from reconnect_core import NotQueued, Phase, RequestFailed, SessionClosed
from tek_chat import Approval, Client, Exchange, Question, View
from tek_chat.view import wording
from tek_chat.view.export import markdown
from tek_chat.view.items import ASIDE
from tek_cli.screen.composer_area import ComposerArea
from tek_cli.screen.dialogs import Ask, Confirm, Help
from tek_cli.screen.input_history import InputHistory
from tek_cli.screen.order_queue import OrderQueue
from tek_cli.screen.segments import code_blocks
from tek_cli.screen.sidebar import Sidebar
from tek_cli.screen.status_lines import ConnectionLine, InfoLine, Offer, QuestionBar
from tek_cli.screen.terminal_colours import is_light
from tek_cli.screen.transcript_pane import TranscriptPane
from tek_cli.screen.usage_text import answers
from tek_cli.slash_commands import read_command
from tek_protocol.chat import Decision, SessionInfo

FRAME = 0.05
"""Seconds between two drawings: 20 a second is as smooth as text needs to be."""

_REST = 0.2
"""Seconds that drawing pauses at most where drawing itself takes longer than a frame."""

_EMPTY = "Nothing has been said here yet. Type a message; F1 shows keys and commands."


class ChatApp(App[None]):
    """The chat of `client`, which the caller has entered and closes."""

    TITLE = "Tek"
    CSS_PATH = Path(__file__).with_name("style.tcss")
    AUTO_FOCUS = None
    COMMAND_PALETTE_BINDING = "ctrl+p"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f1", "help", "Help", priority=True),
        Binding("f2", "decide('once')", "Say yes, once", priority=True),
        Binding("f3", "decide('session')", "Say yes, for this session", priority=True),
        Binding("f4", "decide('deny')", "Say no", priority=True),
        Binding("f5", "hurry", "Try to connect now", priority=True),
        Binding("f6", "carry_over", "Send the earlier messages", priority=True),
        Binding("f8", "copy_code", "Copy a code block", priority=True),
        Binding("ctrl+b", "sidebar", "Sessions", priority=True),
        Binding("ctrl+c", "interrupt", "Stop, or clear", priority=True, system=True),
        Binding("ctrl+d", "end", "Leave", show=False),
        Binding("ctrl+g", "messages", "Messages", priority=True),
        Binding("ctrl+n", "new_session", "New session", priority=True),
        Binding("ctrl+t", "details", "Show details", priority=True),
        Binding("escape", "compose", "Back to the draft", show=False),
    ]

    def __init__(
        self,
        client: Client,
        history: InputHistory,
        *,
        clock: Callable[[], float] = time.time,
        typed: str = "",
    ) -> None:
        super().__init__()
        self._client, self._typed = client, typed
        self.transcript, self.sidebar = TranscriptPane(), Sidebar()
        self.composer = ComposerArea(history)
        self.info, self.connection_line = InfoLine(client.model), ConnectionLine(clock)
        self.question, self.offer = QuestionBar(), Offer()
        self.empty = Static(_EMPTY, id="empty")
        self._desk = OrderQueue(self.tell)
        self._stale = asyncio.Event()
        self._listed: tuple[str, bool, int] = ("", False, 0)
        self._copied: tuple[str, int] = ("", 0)

    def compose(self) -> ComposeResult:
        with Horizontal(id="main"):
            yield self.sidebar
            with Vertical(id="talk"):
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
        self.run_worker(self._draw_views())
        self.run_worker(self._desk.work())
        self.run_worker(self._keep_list())
        *lines, draft = self._typed.split("\n")
        for line in lines:
            self.submit(line)
        self.composer.give_back(draft)

    # ---- Two verbs ---------------------------------------------------------------------------

    async def draw(self, view: View) -> None:
        """Show `view`."""
        self.connection_line.draw(view)
        self.sidebar.mark(view.session_id)
        self._note_sessions(view)
        self.empty.display = view.is_new
        self.question.draw(view)
        self.offer.draw(view)
        await self.transcript.draw(view)
        self.info.draw(view)

    def submit(self, text: str) -> None:
        """Say `text`, or do what it commands; with nothing to say, it is a nudge."""
        command = read_command(text)
        if not text.strip():
            self.action_hurry()
        elif command is None:
            self.transcript.follow()
            self._desk.put(partial(self._submit, text))
        else:
            self._command(*command)

    def tell(self, text: str) -> None:
        """Show a line for a moment."""
        self.notify(text, markup=False)

    # ---- Work --------------------------------------------------------------------------------

    async def _draw_views(self) -> None:
        async with aclosing(self._client.views()) as views:
            async for view in views:
                begin = time.perf_counter()
                await self.draw(view)
                await asyncio.sleep(FRAME)
                late = time.perf_counter() - begin - FRAME
                await asyncio.sleep(min(late, _REST))  # as long as it was busy: keys come first

    def _note_sessions(self, view: View) -> None:
        """Note when the list of sessions may be another one: every question costs the gateway."""
        is_online = view.connection.phase is Phase.ONLINE
        now = (view.session_id, is_online, id(view.items) if view.is_settled else 0)
        if now != self._listed:
            self._listed = now
            self._stale.set()

    async def _keep_list(self) -> None:
        while True:
            await self._stale.wait()
            self._stale.clear()
            with suppress(RequestFailed, SessionClosed):
                self.sidebar.show_sessions(await self._client.sessions())

    async def _submit(self, text: str) -> None:
        try:
            await self._client.submit(text)
        except NotQueued:
            self.composer.give_back(text)
            raise

    # ---- Messages ----------------------------------------------------------------------------

    def on_composer_area_submitted(self, event: ComposerArea.Submitted) -> None:
        self.submit(event.text)

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        self.info.hint(event.text_area.text)

    def on_transcript_pane_wanted(self, event: TranscriptPane.Wanted) -> None:
        exchange = event.exchange
        match event.what:
            case "retry":
                self._desk.put(partial(self._client.retry, exchange.id))
            case "discard":
                self._desk.put(partial(self._discard, exchange))
            case "edit":
                self._desk.put(partial(self._edit, exchange))
            case _:
                self._copy("" if exchange.answer is None else exchange.answer.text, "the answer")

    async def _discard(self, exchange: Exchange) -> None:
        self._client.discard(exchange.id)

    async def _edit(self, exchange: Exchange) -> None:
        """Take a message that is not under way back into the draft."""
        self._client.discard(exchange.id)
        if self._client.view.exchange(exchange.id) is None:
            self.composer.give_back(exchange.text)
            self.composer.focus()

    async def _retry(self) -> None:
        aside = [each for each in self._client.view.exchanges if each.delivery in ASIDE]
        if not aside:
            self.tell("nothing has failed or is uncertain")
        for exchange in aside:
            await self._client.retry(exchange.id)

    def action_interrupt(self) -> None:
        """Copy what is selected; else stop the answer; else clear the draft."""
        selected = self.screen.get_selected_text() or self.composer.selected_text
        if selected:
            self._copy(selected, "the selection")
            self.screen.clear_selection()
        elif self._client.view.due is not None:
            self._stop()
        elif self.composer.text:
            self.composer.take()
        else:
            self.tell("Ctrl+D leaves")

    def _stop(self) -> None:
        # Not among the orders: they would wait with it for a gateway that is away.
        self.run_worker(self._desk.carry_out(self._client.stop), group="stop", exclusive=True)

    def action_decide(self, decision: Decision) -> None:
        """Answer the question that is shown."""
        question = self.question.question
        if question is not None:
            self._desk.put(partial(self._decide, question, decision))

    async def _decide(self, question: Question, decision: Decision) -> None:
        if isinstance(question, Approval):
            self._client.decide(question.id, decision)
        else:
            self._client.confirm(question.id, accepted=decision != "deny")

    def action_hurry(self) -> None:
        """Try to connect now."""
        self._client.retry_now()

    def action_carry_over(self) -> None:
        """Send the messages of the session that was lost."""
        if self._client.view.left_behind:
            self._desk.put(self._client.carry_over)
        else:
            self.tell("no session was lost here")

    # ---- Commands ----------------------------------------------------------------------------

    def _command(self, name: str, argument: str) -> None:  # noqa: C901, PLR0912 - a case each
        match name:
            case "/new":
                self.action_new_session()
            case "/sessions" if argument:
                self._desk.put(partial(self._client.open, argument))
            case "/sessions":
                self._show_sidebar()
            case "/rename" if argument:
                self._desk.put(partial(self._rename_to, self._client.view.session_id, argument))
            case "/rename":
                self.tell("/rename takes a title")
            case "/delete":
                self.run_worker(self._delete_this())
            case "/approve" if argument in get_args(Decision):
                self.action_decide(cast("Decision", argument))
            case "/approve":
                self.tell(f"/approve takes {', '.join(get_args(Decision))}")
            case "/model":
                self.run_worker(self._desk.carry_out(partial(self._model, argument)))
            case "/retry":
                self._desk.put(self._retry)
            case "/stop":
                self._stop()
            case "/copy":
                said = answers(self._client.view)
                self._copy(said[-1].text if said else "", "the last answer")
            case "/export":
                self._export(argument)
            case "/carry":
                self.action_carry_over()
            case "/status":
                self.tell(self._status())
            case "/help":
                self.action_help()
            case _:
                self.action_quit_chat()

    async def _model(self, name: str) -> None:
        """Ask `name` from now on; without one, tell which models there are."""
        if name:
            self._client.model = self.info.wanted_model = name
            self.info.draw(self._client.view)
        asked = f"the next message asks for {self._client.model or 'what the gateway has set'}"
        there = () if name else await self._client.models()
        self.tell("\n".join([asked, *(f"· {each.name}" for each in there)]))

    def _export(self, name: str) -> None:
        view = self._client.view
        path = Path(name or f"tek-{view.session_id or 'session'}.md").expanduser()
        try:
            with path.open("x", encoding="utf-8") as file:
                file.write(markdown(view))
        except OSError as error:
            self.tell(f"not written: {path}: {error.strerror}")
        else:
            self.tell(f"written to {path}")

    def _status(self) -> str:
        view = self._client.view
        line = wording.status(view, time.time(), retry_hint="F5 now")
        lines = [
            f"gateway     {view.connection.gateway}",
            f"connection  {line or view.connection.phase.value}",
            f"session     {view.session_id or 'not begun'}",
            f"messages    {len(view.exchanges)}",
        ]
        return "\n".join(lines)

    # ---- Copying -----------------------------------------------------------------------------

    def action_copy_code(self) -> None:
        """Copy the last code block of the conversation, or the one before the one copied last."""
        chosen = self.transcript.chosen
        said = [chosen.answer] if chosen and chosen.answer else answers(self._client.view)
        blocks = [block for each in said for block in code_blocks(each.text)]
        last, back = self._copied
        place = back - 1 if blocks and last in blocks and -len(blocks) < back else -1
        if blocks:
            self._copied = (blocks[place], place)
        self._copy(blocks[place] if blocks else "", "a code block")

    def _copy(self, text: str, what: str) -> None:
        if text:
            self.copy_to_clipboard(text)
        self.tell(f"copied {what}" if text else f"there is no {what.partition(' ')[2]} to copy")

    # ---- Sessions ----------------------------------------------------------------------------

    def action_new_session(self) -> None:
        """Begin a new session."""
        self._desk.put(partial(self._client.open, ""))
        self.composer.focus()

    def action_sidebar(self) -> None:
        """Show the sessions and go there, or hide them."""
        if self.sidebar.has_class("-shown"):
            self.sidebar.remove_class("-shown")
            self.composer.focus()
        else:
            self._show_sidebar()

    def _show_sidebar(self) -> None:
        self._stale.set()
        self.sidebar.add_class("-shown")
        self.sidebar.list.focus()

    def on_sidebar_wanted(self, event: Sidebar.Wanted) -> None:
        session = event.session
        match event.what:
            case "new":
                self.action_new_session()
            case _ if session is None:
                self.tell("there is no session to choose")
            case "open":
                self._desk.put(partial(self._client.open, session.session_id))
                self.composer.focus()
            case "rename":
                self.run_worker(self._rename(session))
            case _:
                self.run_worker(self._delete(session))

    async def _rename(self, session: SessionInfo) -> None:
        title = await self.push_screen_wait(Ask("New title:", session.title))
        if title is not None:
            self._desk.put(partial(self._rename_to, session.session_id, title))

    async def _rename_to(self, session_id: str, title: str) -> None:
        if not session_id:
            self.tell("this session has not begun")
            return
        await self._client.rename(session_id, title)
        self._stale.set()

    async def _delete_this(self) -> None:
        session_id = self._client.view.session_id
        if not session_id:
            self.tell("this session has not begun")
            return
        await self._delete(SessionInfo(session_id, message_count=len(self._client.view.exchanges)))

    async def _delete(self, session: SessionInfo) -> None:
        name = session.title or session.session_id
        count = f"{session.message_count} messages"
        if await self.push_screen_wait(Confirm(f"Delete “{name}” with its {count}, for good?")):
            await self._desk.carry_out(partial(self._client.delete, session.session_id))
            self._stale.set()

    # ---- Screens -----------------------------------------------------------------------------

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        del screen
        for binding in self.BINDINGS:
            if isinstance(binding, Binding) and binding.priority:
                name, action = binding.description, binding.action
                yield SystemCommand(name, binding.key, partial(self.run_action, action))
        yield SystemCommand("Theme", "Choose colours", self.action_change_theme)
        yield SystemCommand("Leave", "What was not sent is kept", self.action_quit_chat)

    def action_help(self) -> None:
        """Show keys and commands, or hide them again."""
        if isinstance(self.screen, Help):
            self.pop_screen()
        else:
            self.push_screen(Help())

    def action_details(self) -> None:
        """Show reasoning and the details of tools, or one line of each."""
        self.transcript.show_details(with_details=not self.transcript.has_class("-details"))

    def action_messages(self) -> None:
        """Go to the messages."""
        self.transcript.focus()
        self.run_worker(self.transcript.action_go(-1))

    def action_compose(self) -> None:
        """Go to the draft, and to the end of the conversation."""
        self.composer.focus()
        self.transcript.follow()

    def on_composer_area_ended(self) -> None:
        self.action_quit_chat()

    def action_end(self) -> None:
        """Leave, unless there is a draft."""
        if self.composer.text:
            self.composer.focus()
        else:
            self.action_quit_chat()

    def action_quit_chat(self) -> None:
        """Leave."""
        self.exit()

    # ---- Faults ------------------------------------------------------------------------------

    @property
    def problem(self) -> Exception | None:
        """What nobody foresaw, and ended the app."""
        error = self._exception
        cause = error.error if isinstance(error, WorkerFailed) else error
        return cause if isinstance(cause, Exception) else error

    def _fatal_error(self) -> None:
        """End without a traceback on the terminal: `problem` is the caller's to report."""
        self._close_messages_no_wait()
