"""What is typed, line by line: messages, commands, and the empty line that tries again at once.

It must never lose a line, nor take more of them than the outbox has room for.
"""

import asyncio
import sys
from collections.abc import Callable
from contextlib import aclosing, suppress

from reconnect_core import NotQueued, RequestFailed
from tek_chat import Client, Delivery, Exchange
from tek_cli.lines import read_lines
from tek_cli.terminal import Terminal
from tek_cli.waiting import until
from tek_protocol import DecodeError

HELP = {
    "/help": "show this",
    "/new": "begin a new session, once everything here is answered",
    "/quit": "leave once everything is answered, as Ctrl+D does; Ctrl+C leaves at once",
    "/retry": "send again what failed or is uncertain",
    "/sessions": "list the sessions; with an ID after it, go on in that one",
    "Enter": "on an empty line, while the gateway is away: try again now",
}

_ENOUGH = 100
"""Messages in the outbox; what else is typed or piped waits where it comes from."""


class Talk:
    """The input of a chat. `is_open` until it has ended."""

    def __init__(
        self, client: Client, terminal: Terminal, draw: Callable[[], None], *, is_typed: bool
    ) -> None:
        self._client = client
        self._terminal = terminal
        self._draw = draw
        self._is_typed = is_typed
        self._lines: asyncio.Queue[str | None] = asyncio.Queue(_ENOUGH)
        self.is_open = True

    async def run(self) -> None:
        """Take every line, and return once everything submitted has come to an end."""
        async with asyncio.TaskGroup() as tasks:
            reading = tasks.create_task(self._read())
            while (line := await self._lines.get()) is not None and line.strip() != "/quit":
                await self._take(line)
                self._draw()
            reading.cancel()
        self.is_open = False
        await self._finish()

    async def _read(self) -> None:
        """Take a hint at once, and leave everything else to its turn."""
        async with aclosing(read_lines(sys.stdin.fileno())) as lines:
            async for line in lines:
                self._terminal.typed()
                if line.strip():
                    await self._lines.put(line)
                else:
                    self._client.retry_now()
                    self._draw()
        await self._lines.put(None)

    async def _take(self, line: str) -> None:
        match line.split():
            case ["/help"]:
                self._help()
            case ["/new"]:
                await self._open("")
            case ["/retry"]:
                await self._retry()
            case ["/sessions"]:
                await self._list()
            case ["/sessions", session_id]:
                await self._open(session_id)
            case _:
                await self._submit(line)

    async def _finish(self) -> None:
        view = self._client.view
        if self._is_typed and not view.is_settled:
            queued = view.count(Delivery.QUEUED)
            left = f" ({queued} not sent yet)" if queued else ""
            self._terminal.note(f"· waiting for what is due{left}; Ctrl+C leaves it behind")
        view = await until(self._client, lambda view: view.is_settled)
        if self._is_typed and view.session_id:
            self._terminal.note(f"· to go on with this session: tek-cli chat -s {view.session_id}")

    # ---- Messages ------------------------------------------------------------------------------

    async def _submit(self, text: str) -> None:
        await until(self._client, lambda _: self._client.connection.queued < _ENOUGH)
        try:
            message_id = await self._client.submit(text)
        except NotQueued:
            return  # the view says why
        await until(self._client, lambda view: view.exchange(message_id) is not None)

    async def _retry(self) -> None:
        aside = [each for each in self._client.view.exchanges if _is_aside(each)]
        if not aside:
            self._terminal.note("· nothing has failed or is uncertain")
        for exchange in aside:
            known = len(self._client.view.items)
            with suppress(NotQueued):
                await self._client.retry(exchange.id)
                await until(
                    self._client,
                    lambda view, was=exchange, known=known: (
                        view.exchange(was.id) is not was or len(view.items) > known
                    ),
                )

    # ---- Sessions ------------------------------------------------------------------------------

    async def _open(self, session_id: str) -> None:
        if not self._client.view.is_settled:
            self._terminal.note("· once everything here is answered")
            await until(self._client, lambda view: view.is_settled)
        await self._client.open(session_id)
        self._terminal.note(f"· session {session_id}" if session_id else "· a new session")

    async def _list(self) -> None:
        try:
            sessions = await self._client.sessions()
        except (RequestFailed, DecodeError) as error:
            self._terminal.note(f"✕ {error}")
            return
        for each in sessions:
            mark = "*" if each.session_id == self._client.view.session_id else " "
            count = f"{each.message_count} messages"
            self._terminal.note(f"{mark} {each.session_id}  {each.created_at}  {count}")
        if not sessions:
            self._terminal.note("· there are no sessions yet")

    def _help(self) -> None:
        for name, text in HELP.items():
            self._terminal.note(f"{name:<10} {text}")


def _is_aside(exchange: Exchange) -> bool:
    return exchange.delivery in {Delivery.UNCERTAIN, Delivery.FAILED}
