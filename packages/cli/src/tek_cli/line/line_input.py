"""The input of a chat in line mode: messages, commands, and Enter, which retries at once."""

import asyncio
import sys
from collections.abc import Callable
from contextlib import aclosing

from reconnect_core import NotQueued
from tek_chat import Client, Delivery, View
from tek_cli.actions.await_view import until
from tek_cli.line.line_commands import LineCommands
from tek_cli.line.stdin_lines import read_lines
from tek_cli.slash_commands import is_immediate
from tek_cli.terminal.terminal import Terminal

_OUTBOX_LIMIT = 100
"""Messages in the outbox; further lines stay unread until there is room."""


class LineInput:
    """Reads lines until the input ends or the user quits; `is_open` until then."""

    def __init__(
        self, client: Client, terminal: Terminal, draw: Callable[[], None], *, is_typed: bool
    ) -> None:
        self._client = client
        self._terminal = terminal
        self._draw = draw
        self._is_typed = is_typed
        self._commands = LineCommands(client, terminal)
        self._lines: asyncio.Queue[str | None] = asyncio.Queue(_OUTBOX_LIMIT)
        self._interrupts: asyncio.Queue[None] = asyncio.Queue()
        self._was_interrupted = False
        self.is_open = True

    async def run(self) -> None:
        """Submit every line; returns once each message is answered or has failed.

        A chat that is typed does not wait for messages that are saved.
        """
        async with asyncio.TaskGroup() as tasks:
            workers = (self._read(), self._stop_on_interrupt())
            running = [tasks.create_task(each) for each in workers]
            while (line := await self._lines.get()) is not None and line.strip() != "/quit":
                if not await self._commands.run(line):
                    await self._submit(line)
                self._draw()
            for each in running:
                each.cancel()
        self.is_open = False
        await self._finish()

    def interrupt(self) -> bool:
        """Handle Ctrl+C; returns False if the chat should end, e.g. at the second in a row."""
        if self._was_interrupted or not self.is_open:
            return False
        self._was_interrupted = True
        self._interrupts.put_nowait(None)
        return True

    async def _read(self) -> None:
        """Queue each line; Enter and immediate commands run at once."""
        async with aclosing(read_lines(sys.stdin.fileno())) as lines:
            async for line in lines:
                self._terminal.typed()
                self._was_interrupted = False
                if not line.strip():
                    self._client.retry_now()
                    self._draw()
                elif self._is_typed and is_immediate(line):
                    await self._commands.run(line)
                    self._draw()
                else:
                    await self._lines.put(line)
        await self._lines.put(None)

    async def _stop_on_interrupt(self) -> None:
        """Stop the answer at each Ctrl+C."""
        while True:
            await self._interrupts.get()
            self._terminal.typed()  # the terminal shows ^C and discards the typed line
            if self._client.view.due is None:
                self._terminal.note("· press Ctrl+D to quit, or Ctrl+C again to quit at once")
            else:
                self._terminal.note("· stopping the answer; press Ctrl+C again to quit at once")
                await self._commands.stop()
            self._draw()

    async def _submit(self, text: str) -> None:
        await self._terminal.room()
        await until(self._client, lambda _: self._client.connection.queued < _OUTBOX_LIMIT)
        try:
            message_id = await self._client.submit(text)
        except NotQueued:
            return  # the view says why
        await until(self._client, lambda view: view.exchange(message_id) is not None)

    # ---- The end -------------------------------------------------------------------------------

    async def _finish(self) -> None:
        view = self._client.view
        if self._is_typed and not self._client.is_settled:
            if self._is_kept(view):
                self._say_kept(view)
            else:
                self._terminal.note("· waiting for the answer; press Ctrl+C to quit without it")
        if not (self._is_typed and self._is_kept(view)):
            view = await until(self._client, lambda view: view.is_settled)
        if self._is_typed and view.session_id:
            self._terminal.note(f"· resume: tek-cli -c (or -s {view.session_id})")

    def _is_kept(self, view: View) -> bool:
        """Return whether leaving now loses nothing."""
        is_due = view.due is not None
        return self._client.view.is_saved and (not is_due or self._client.connection.resumes)

    def _say_kept(self, view: View) -> None:
        if queued := view.count(Delivery.QUEUED):
            what = "1 message" if queued == 1 else f"{queued} messages"
            self._terminal.note(f"· {what} saved for the next chat or `tek-cli outbox flush`")
        if view.due is not None:
            self._terminal.note("· the gateway finishes the answer and keeps it in the session")
