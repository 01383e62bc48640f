"""What is typed, line by line: messages, commands, and the empty line that tries again at once.

It must never lose a line, nor take more of them than the outbox has room for.
"""

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

_ENOUGH = 100
"""Messages in the outbox; what else is typed or piped waits where it comes from."""


class LineInput:
    """The input of a chat. `is_open` until it has ended."""

    def __init__(
        self, client: Client, terminal: Terminal, draw: Callable[[], None], *, is_typed: bool
    ) -> None:
        self._client = client
        self._terminal = terminal
        self._draw = draw
        self._is_typed = is_typed
        self._commands = LineCommands(client, terminal)
        self._lines: asyncio.Queue[str | None] = asyncio.Queue(_ENOUGH)
        self._interrupts: asyncio.Queue[None] = asyncio.Queue()
        self._was_interrupted = False
        self.is_open = True

    async def run(self) -> None:
        """Take every line, and return once everything submitted has come to an end.

        What is saved need not come to an end here, if somebody typed it.
        """
        async with asyncio.TaskGroup() as tasks:
            helpers = [tasks.create_task(self._read()), tasks.create_task(self._heed())]
            while (line := await self._lines.get()) is not None and line.strip() != "/quit":
                if not await self._commands.run(line):
                    await self._submit(line)
                self._draw()
            for helper in helpers:
                helper.cancel()
        self.is_open = False
        await self._finish()

    def interrupt(self) -> bool:
        """Take a Ctrl+C; returns False for the second in a row, or when nothing is left to do."""
        if self._was_interrupted or not self.is_open:
            return False
        self._was_interrupted = True
        self._interrupts.put_nowait(None)
        return True

    async def _read(self) -> None:
        """Take a hint at once, and leave everything else to its turn."""
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

    async def _heed(self) -> None:
        """Do what each Ctrl+C asks for."""
        while True:
            await self._interrupts.get()
            self._terminal.typed()  # the terminal has shown it, and forgotten what was typed
            if self._client.view.due is None:
                self._terminal.note("· Ctrl+D or /quit leaves; Ctrl+C once more leaves at once")
            else:
                self._terminal.note("· stopping the answer; Ctrl+C once more leaves at once")
                await self._commands.stop()
            self._draw()

    async def _submit(self, text: str) -> None:
        await self._terminal.room()
        await until(self._client, lambda _: self._client.connection.queued < _ENOUGH)
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
                self._terminal.note("· waiting for what is due; Ctrl+C leaves it behind")
        if not (self._is_typed and self._is_kept(view)):
            view = await until(self._client, lambda view: view.is_settled)
        if self._is_typed and view.session_id:
            self._terminal.note(f"· to go on with this session: tek-cli chat -s {view.session_id}")

    def _is_kept(self, view: View) -> bool:
        """Return whether nothing is lost by leaving now."""
        is_due = view.due is not None
        return self._client.saves and (not is_due or self._client.connection.resumes)

    def _say_kept(self, view: View) -> None:
        if queued := view.count(Delivery.QUEUED):
            what = "1 message is" if queued == 1 else f"{queued} messages are"
            self._terminal.note(f"· {what} saved; the next chat or `tek-cli outbox flush` sends it")
        if view.due is not None:
            self._terminal.note("· the gateway goes on with the answer; the session keeps it")
