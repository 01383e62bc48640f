"""Standard output for answers, standard error for everything else.

A closed or stalled output neither raises nor blocks. Control characters are replaced, so that a
gateway cannot send escape sequences to the terminal.
"""

import asyncio
import base64
import os
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from typing import TextIO

from tek_chat.view.control_characters import clean
from tek_cli.terminal.stream_writer import Sink, StreamWriter

_FLUSH_LIMIT = 0.2
"""Seconds to write queued text after the user asked to quit."""

_QUEUE_LIMIT = 65_536
"""Bytes that may be queued for a slow reader before the next message is submitted."""


class Terminal:
    """The output of a conversation. `nobody_reads` is set once standard output is closed."""

    def __init__(self, out: Sink, err: Sink) -> None:
        self._out, self._err = out, err
        self._writer: StreamWriter | None = None
        self.is_tty = out.isatty()
        self._shares_screen = self.is_tty and err.isatty()
        self._is_styled = _is_styled(err)
        self._in_line = False
        self._prompting = False
        self._is_closed = False
        self.nobody_reads = asyncio.Event()

    @classmethod
    @asynccontextmanager
    async def of_process(cls) -> AsyncGenerator["Terminal"]:
        """Yield the terminal of this process; queued text is written at the end."""
        writer = StreamWriter()
        terminal = cls(writer.sink(sys.stdout), writer.sink(sys.stderr))
        terminal._writer = writer
        writer.lost = terminal._lost
        try:
            yield terminal
            await writer.drained()
        except BaseException:
            with suppress(TimeoutError):
                async with asyncio.timeout(_FLUSH_LIMIT):
                    await writer.drained()
            raise

    async def room(self) -> None:
        """Return once the reader has kept up."""
        if self._writer is not None:
            await self._writer.drained(_QUEUE_LIMIT)

    def answer(self, text: str) -> None:
        """Write a piece of an answer."""
        if text:
            self._clear_prompt()
            self._write(self._out, clean(text) if self.is_tty else text)
            self._in_line = not text.endswith("\n")

    def end_answer(self) -> None:
        """End the last line of the answer."""
        if self._in_line:
            self._write(self._out, "\n")
            self._in_line = False

    def note(self, text: str) -> None:
        """Write a status line."""
        line = _one_line(text)
        self._say(f"\x1b[2m{line}\x1b[22m" if self._is_styled else line)

    def complain(self, problem: str) -> None:
        """Write the final error message."""
        self._say(f"Error: {_one_line(problem)}")

    def prompt(self) -> None:
        """Show the prompt for the next message, unless it is shown already."""
        if self._shares_screen and not self._prompting:
            self._write(self._err, "> ")
            self._prompting = True

    def copy(self, text: str) -> bool:
        """Copy `text` to the clipboard (OSC 52); returns whether there is a terminal for it."""
        if self._is_styled:
            coded = base64.b64encode(text.encode("utf-8", "replace")).decode("ascii")
            self._write(self._err, f"\x1b]52;c;{coded}\a")
        return self._is_styled

    def close(self) -> None:
        """End an unfinished line, and write nothing from now on."""
        self._clear_prompt()
        self.end_answer()
        self._is_closed = True

    def typed(self) -> None:
        """Note that the user pressed Enter, which ends the line of the prompt."""
        self._prompting = False

    def _say(self, line: str) -> None:
        self._clear_prompt()
        if self._shares_screen and self._in_line:
            self._write(self._err, "\n")
            self._in_line = False
        self._write(self._err, f"{line}\n")

    def _clear_prompt(self) -> None:
        if self._prompting:
            self._write(self._err, "\r\x1b[K" if self._is_styled else "\n")
            self._prompting = False

    def _write(self, stream: Sink, text: str) -> None:
        if not self._is_closed:
            stream.write(text)
            stream.flush()

    def _lost(self, stream: TextIO) -> None:
        if stream is sys.stdout:
            self.nobody_reads.set()


def _one_line(text: str) -> str:
    return clean(text.replace("\n", " "))


def _is_styled(stream: Sink) -> bool:
    """Return whether `stream` takes escape sequences (no-color.org, force-color.org)."""
    if os.environ.get("NO_COLOR"):
        return False
    is_able = stream.isatty() and os.environ.get("TERM") != "dumb"
    return is_able or bool(os.environ.get("FORCE_COLOR"))
