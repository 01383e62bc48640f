"""What the slash commands do in line mode."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from pathlib import Path

from reconnect_core import NotQueued, RequestFailed
from tek_chat import Client, Delivery, Exchange, View
from tek_chat.view.export import FORMATS, format_of
from tek_chat.view.items import ASIDE
from tek_cli.actions.await_view import until
from tek_cli.actions.decide import decide
from tek_cli.slash_commands import COMMANDS, read_command
from tek_cli.terminal.terminal import Terminal
from tek_local.files import write_whole
from tek_protocol import DecodeError, chat

_HELP = {each.usage: each.help for each in COMMANDS if not each.is_screen_only} | {
    "Enter": "on an empty line: retry the connection now"
}
_DECISIONS: Mapping[str, chat.Decision] = {"once": "once", "session": "session", "deny": "deny"}

_Work = Callable[[str], Awaitable[None]]


class LineCommands:
    """The slash commands of one client; their replies are notes on the terminal."""

    def __init__(self, client: Client, terminal: Terminal) -> None:
        self._client = client
        self._terminal = terminal
        self._to_confirm = ""
        """The session that the last command offered to delete."""

    async def run(self, line: str) -> bool:
        """Run the command that `line` is; returns False if it is a message."""
        to_confirm, self._to_confirm = self._to_confirm, ""
        name, argument = read_command(line) or ("", "")
        if name == "/delete":
            await self._reported(lambda: self._delete(to_confirm))
        elif (work := self._by_name.get(name)) is not None:
            await self._reported(lambda: work(argument))
        else:
            return False
        return True

    @property
    def _by_name(self) -> Mapping[str, _Work]:
        return {
            "/help": self._help,
            "/new": self._open,
            "/sessions": self._sessions,
            "/rename": self._rename,
            "/model": self._model,
            "/retry": self._retry,
            "/stop": self._stop,
            "/approve": self._approve,
            "/copy": self._copy,
            "/export": self._export,
            "/status": self._status,
        }

    async def stop(self) -> None:
        """Stop the answer that is being generated."""
        await self._reported(lambda: self._stop(""))

    async def _stop(self, _argument: str) -> None:
        if self._client.view.due is None:
            self._note("· no answer is being generated")
        await self._client.stop()

    # ---- Sessions ------------------------------------------------------------------------------

    async def _open(self, session_id: str) -> None:
        await self._settled()
        await self._client.open(session_id)
        self._note(f"· session {session_id}" if session_id else "· new session")

    async def _sessions(self, session_id: str) -> None:
        if session_id:
            await self._open(session_id)
            return
        sessions = await self._client.sessions()
        for each in sessions:
            mark = "*" if each.session_id == self._client.view.session_id else " "
            about = [each.session_id, each.created_at, f"{each.message_count} messages", each.title]
            self._note(f"{mark} {'  '.join(filter(None, about))}")
        if not sessions:
            self._note("· no sessions yet")

    async def _rename(self, title: str) -> None:
        if not title:
            self._note("· usage: /rename TITLE")
            return
        if not (session_id := self._client.view.session_id):
            self._note("· nothing to rename: this session has no messages yet")
            return
        await self._client.rename(session_id, title)
        self._note(f"· this session is now called {title}")

    async def _delete(self, confirmed: str) -> None:
        await self._settled()  # a gateway refuses to delete a session while it answers in it
        session_id = self._client.view.session_id
        if not session_id:
            self._note("· nothing to delete: this session has no messages yet")
        elif confirmed == session_id:
            await self._client.delete(session_id)
            self._note(f"· session {session_id} deleted; a new one starts here")
        else:
            self._to_confirm = session_id
            count = sum(1 for _ in self._client.view.exchanges)
            self._note(
                f"? delete session {session_id} and its {count} messages? /delete again confirms"
            )

    async def _settled(self) -> None:
        if not self._client.view.is_settled:
            self._note("· waiting for the answers in this session first")
            await until(self._client, lambda view: view.is_settled)

    # ---- Messages ------------------------------------------------------------------------------

    async def _retry(self, _argument: str) -> None:
        aside = [each for each in self._client.view.exchanges if each.delivery in ASIDE]
        if not aside:
            self._note("· no failed or uncertain messages")
        for exchange in aside:
            known = len(self._client.view.items)
            with suppress(NotQueued):
                await self._client.retry(exchange.id)
                await until(self._client, _is_again(exchange, known))

    async def _approve(self, word: str) -> None:
        pending = self._client.view.pending
        if not pending:
            self._note("· no tool is asking")
        elif word not in _DECISIONS:
            self._note("· /approve once, /approve session or /approve deny")
        else:
            with suppress(NotQueued):  # the view says why
                decide(self._client, pending[0], _DECISIONS[word])

    async def _model(self, name: str) -> None:
        if name:
            self._client.model = name
        model = self._client.model or "the gateway's default"
        self._note(f"· model: {model}")

    # ---- Output --------------------------------------------------------------------------------

    async def _copy(self, _argument: str) -> None:
        text = _last_answer(self._client.view)
        if not text:
            self._note("· no answer yet")
        elif self._terminal.copy(text):
            self._note(f"· copied {len(text)} characters to the clipboard")
        else:
            self._note("· this terminal has no clipboard; /export saves to a file")

    async def _export(self, name: str) -> None:
        view = self._client.view
        name = name or f"tek-{view.session_id or 'session'}.md"
        document = FORMATS[format_of(name)](view, "")
        self._note(await asyncio.to_thread(_write_new, name, document))

    async def _status(self, _argument: str) -> None:
        view, connection = self._client.view, self._client.connection
        where = f" at {connection.gateway}" if connection.gateway else ""
        self._note(f"· gateway{where}: {connection.phase}")
        if connection.reason and connection.retry_at is not None:
            self._note(f"· {connection.reason}")
        self._note(f"· session: {view.session_id or 'new'}")
        await self._model("")
        for state in (Delivery.QUEUED, Delivery.UNCERTAIN, Delivery.FAILED):
            if count := view.count(state):
                self._note(f"· {count} {state}")
        kept = "saved as they are typed" if self._client.view.is_saved else "not saved"
        self._note(f"· messages are {kept}")

    async def _help(self, _argument: str) -> None:
        width = max(map(len, _HELP))
        for name, text in _HELP.items():
            self._note(f"{name:<{width}}  {text}")

    async def _reported(self, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        except (RequestFailed, DecodeError) as error:
            self._note(f"✕ {error}")

    def _note(self, text: str) -> None:
        self._terminal.note(text)


def _is_again(exchange: Exchange, known: int) -> Callable[[View], bool]:
    return lambda view: view.exchange(exchange.id) is not exchange or len(view.items) > known


def _last_answer(view: View) -> str:
    for exchange in reversed(list(view.exchanges)):
        if exchange.answer is not None:
            return exchange.answer.text
    return view.growing.text if view.growing is not None else ""


def _write_new(name: str, document: str) -> str:
    """Write `document` to a file that does not exist yet; returns the line to show."""
    path = Path(name).expanduser()
    if path.exists():
        return f"✕ {path} already exists; nothing was written"
    try:
        write_whole(path, document)
    except OSError as error:
        return f"✕ cannot write {path}: {error.strerror}"
    return f"· written to {path}"
