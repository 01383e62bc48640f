"""Standard output for answers, standard error for all else, each line on its own.

It must never raise because nobody reads, nor let a gateway send commands to a terminal.
"""

import asyncio
import os
from typing import TextIO

_CONTROLS = dict.fromkeys([*range(0x20), *range(0x7F, 0xA0)], "�")
del _CONTROLS[0x09], _CONTROLS[0x0A]
_CONTROLS[0x0D] = ""


class Terminal:
    """Where a conversation is written. `nobody_reads` is set once standard output is closed."""

    def __init__(self, out: TextIO, err: TextIO) -> None:
        self._out, self._err = out, err
        self.is_tty = out.isatty()
        self._shares_screen = self.is_tty and err.isatty()
        self._is_styled = _is_styled(err)
        self._in_line = False
        self._prompting = False
        self._is_closed = False
        self.nobody_reads = asyncio.Event()

    def answer(self, text: str) -> None:
        """Write a piece of an answer, or all of it."""
        if text:
            self._clear_prompt()
            self._write(self._out, text.translate(_CONTROLS) if self.is_tty else text)
            self._in_line = not text.endswith("\n")

    def end_answer(self) -> None:
        """End the line that the answer ended in."""
        if self._in_line:
            self._write(self._out, "\n")
            self._in_line = False

    def note(self, text: str) -> None:
        """Write a line about what happens."""
        line = _one_line(text)
        self._say(f"\x1b[2m{line}\x1b[22m" if self._is_styled else line)

    def complain(self, problem: str) -> None:
        """Write the line that says what went wrong in the end."""
        self._say(f"Error: {_one_line(problem)}")

    def prompt(self) -> None:
        """Show that the next message can be typed, unless that is shown already."""
        if self._shares_screen and not self._prompting:
            self._write(self._err, "> ")
            self._prompting = True

    def close(self) -> None:
        """End the line, if one has begun, and write nothing more."""
        self._clear_prompt()
        self.end_answer()
        self._is_closed = True

    def typed(self) -> None:
        """Note that the user ended the line of the prompt."""
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

    def _write(self, stream: TextIO, text: str) -> None:
        if self._is_closed:
            return
        try:
            stream.write(text)
            stream.flush()
        except OSError:
            # Whatever is still buffered would fail again at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
            if stream is self._out:
                self.nobody_reads.set()


def _one_line(text: str) -> str:
    return text.replace("\n", " ").translate(_CONTROLS)


def _is_styled(stream: TextIO) -> bool:
    """Return whether `stream` takes escape sequences (no-color.org, force-color.org)."""
    if os.environ.get("NO_COLOR"):
        return False
    is_able = stream.isatty() and os.environ.get("TERM") != "dumb"
    return is_able or bool(os.environ.get("FORCE_COLOR"))
