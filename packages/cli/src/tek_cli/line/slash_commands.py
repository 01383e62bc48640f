"""The slash commands of the chat in lines.

It must never take a word with a slash for a command that it is not: it is a message then.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from reconnect_core import NotQueued, RequestFailed
from tek_chat import Client, Delivery, Exchange, View
from tek_chat.view.export import FORMATS, format_of
from tek_chat.view.items import ASIDE
from tek_cli.actions.await_view import until
from tek_cli.actions.decide import decide
from tek_cli.terminal.terminal import Terminal
from tek_local.files import write_whole
from tek_protocol import DecodeError, chat

HELP = {
    "/help": "show this",
    "/new": "begin a new session, once everything here is answered",
    "/sessions [ID]": "list the sessions; with an ID, go on in that one",
    "/rename TITLE": "give this session a title",
    "/delete": "delete this session, when said twice",
    "/model [NAME]": "tell which model is asked; with a NAME, ask that one from now on",
    "/retry": "send again what failed or is uncertain",
    "/stop": "end the answer that is being written, as Ctrl+C does; what there is of it stays",
    "/approve once|session|deny": "answer what a tool asks for",
    "/copy": "copy the last answer, where the terminal can do that",
    "/export FILE": "write this session to FILE: Markdown, or JSON if it ends so",
    "/status": "tell how things stand",
    "/quit": "leave, as Ctrl+D does; what is not sent is saved",
    "Enter": "on an empty line, while the gateway is away: try again now",
}

_AT_ONCE = frozenset({"/approve", "/copy", "/help", "/status", "/stop"})
"""What helps only now: a typed one does not wait for what was typed before it."""

_DECISIONS: Mapping[str, chat.Decision] = {"once": "once", "session": "session", "deny": "deny"}


def is_at_once(line: str) -> bool:
    """Return whether a typed line is a command that overtakes."""
    return line.split(maxsplit=1)[0] in _AT_ONCE if line.strip() else False


_ANY = 1_000_000


@dataclass(frozen=True, slots=True)
class _Command:
    """What a command does with the words after it, of which there are `most` at the most."""

    work: Callable[[str], Awaitable[None]]
    most: int = 0


class Slashes:
    """The commands, on one client."""

    def __init__(self, client: Client, terminal: Terminal) -> None:
        self._client = client
        self._terminal = terminal
        self._deletes = ""  # the session that the command before this one asked about
        self._asks_for = ""

    async def take(self, line: str) -> bool:
        """Do what `line` asks for; returns whether it is a command."""
        self._deletes, self._asks_for = self._asks_for, ""
        name, *words = line.split() or [""]
        command = self._commands.get(name)
        if command is None or len(words) > command.most:
            return False
        await self._tried(lambda: command.work(" ".join(words)))
        return True

    @property
    def _commands(self) -> Mapping[str, "_Command"]:
        return {
            "/help": _Command(self._help),
            "/new": _Command(self._open),
            "/sessions": _Command(self._sessions, 1),
            "/rename": _Command(self._rename, _ANY),
            "/delete": _Command(self._delete),
            "/model": _Command(self._model, 1),
            "/retry": _Command(self._retry),
            "/stop": _Command(self._stop),
            "/approve": _Command(self._approve, 1),
            "/copy": _Command(self._copy),
            "/export": _Command(self._export, _ANY),
            "/status": _Command(self._status),
        }

    async def stop(self) -> None:
        """End the answer that is due."""
        await self._tried(lambda: self._stop(""))

    async def _stop(self, _words: str) -> None:
        if self._client.view.due is None:
            self._note("· no answer is being written")
        await self._client.stop()

    # ---- Sessions ------------------------------------------------------------------------------

    async def _open(self, session_id: str) -> None:
        await self._settled()
        await self._client.open(session_id)
        self._note(f"· session {session_id}" if session_id else "· a new session")

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
            self._note("· there are no sessions yet")

    async def _rename(self, title: str) -> None:
        if not title:
            self._note("· /rename TITLE")
            return
        if not (session_id := self._client.view.session_id):
            self._note("· this session has no name yet: nothing was said in it")
            return
        await self._client.rename(session_id, title)
        self._note(f"· this session is now called {title}")

    async def _delete(self, _words: str) -> None:
        await self._settled()  # a gateway deletes none that it is answering in
        session_id = self._client.view.session_id
        if not session_id:
            self._note("· there is nothing to delete: nothing was said here")
        elif self._deletes == session_id:
            await self._client.delete(session_id)
            self._note(f"· session {session_id} is deleted; a new one begins here")
        else:
            self._asks_for = session_id
            count = sum(1 for _ in self._client.view.exchanges)
            self._note(f"? delete session {session_id} and its {count} messages? /delete once more")

    async def _settled(self) -> None:
        if not self._client.view.is_settled:
            self._note("· once everything here is answered")
            await until(self._client, lambda view: view.is_settled)

    # ---- Messages ------------------------------------------------------------------------------

    async def _retry(self, _words: str) -> None:
        aside = [each for each in self._client.view.exchanges if each.delivery in ASIDE]
        if not aside:
            self._note("· nothing has failed or is uncertain")
        for exchange in aside:
            known = len(self._client.view.items)
            with suppress(NotQueued):
                await self._client.retry(exchange.id)
                await until(self._client, _is_again(exchange, known))

    async def _approve(self, word: str) -> None:
        pending = self._client.view.pending
        if not pending:
            self._note("· nothing waits for your word")
        elif word not in _DECISIONS:
            self._note("· /approve once, /approve session or /approve deny")
        else:
            with suppress(NotQueued):  # the view says why
                decide(self._client, pending[0], _DECISIONS[word])

    async def _model(self, name: str) -> None:
        if name:
            self._client.model = name
        self._note(f"· the model is {self._client.model or 'whatever the gateway prefers'}")

    # ---- What there is -------------------------------------------------------------------------

    async def _copy(self, _words: str) -> None:
        text = _last_answer(self._client.view)
        if not text:
            self._note("· there is no answer yet")
        elif self._terminal.copy(text):
            self._note(f"· {len(text)} characters went to the clipboard")
        else:
            self._note("· this terminal has no clipboard to write to; /export FILE writes a file")

    async def _export(self, name: str) -> None:
        if not name:
            self._note("· /export FILE")
            return
        document = FORMATS[format_of(name)](self._client.view, "")
        self._note(await asyncio.to_thread(_put, name, document))

    async def _status(self, _words: str) -> None:
        view, connection = self._client.view, self._client.connection
        where = f" at {connection.gateway}" if connection.gateway else ""
        self._note(f"· gateway{where}: {connection.phase}")
        if connection.reason and connection.retry_at is not None:
            self._note(f"· {connection.reason}")
        self._note(f"· session: {view.session_id or 'a new one'}")
        await self._model("")
        for state in (Delivery.QUEUED, Delivery.UNCERTAIN, Delivery.FAILED):
            if count := view.count(state):
                self._note(f"· {count} {state}")
        kept = "saved as they are typed" if self._client.saves else "not saved"
        self._note(f"· messages are {kept}")

    async def _help(self, _words: str) -> None:
        width = max(map(len, HELP))
        for name, text in HELP.items():
            self._note(f"{name:<{width}}  {text}")

    async def _tried(self, work: Callable[[], Awaitable[None]]) -> None:
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


def _put(name: str, document: str) -> str:
    """Write `document` to a new file; returns what to tell of it."""
    path = Path(name).expanduser()
    if path.exists():
        return f"✕ {path} is there already; nothing was written"
    try:
        write_whole(path, document)
    except OSError as error:
        return f"✕ cannot write {path}: {error.strerror}"
    return f"· written to {path}"
