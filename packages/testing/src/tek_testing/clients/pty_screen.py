"""A terminal for a process under test: press keys, and read the screen."""

import asyncio
import fcntl
import os
import struct
import termios
from typing import Self

import pyte

from tek_testing.deadlines import deadline

COLUMNS, ROWS = 100, 36


class PtyScreen(asyncio.Protocol):
    """A pseudo terminal for `async with`; `descriptor` is the end for the process."""

    def __init__(self, columns: int = COLUMNS, rows: int = ROWS) -> None:
        """Open it."""
        self._ours, self.descriptor = os.openpty()
        size = struct.pack("HHHH", rows, columns, 0, 0)
        fcntl.ioctl(self.descriptor, termios.TIOCSWINSZ, size)
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self.changed = asyncio.Event()
        self._transport: asyncio.BaseTransport | None = None
        self.written: bytearray = bytearray()

    @property
    def text(self) -> str:
        """The text on the screen, line by line."""
        return "\n".join(self._screen.display)

    @property
    def last_line(self) -> str:
        """The text in its last line."""
        return self.text.splitlines()[-1].strip()

    def press(self, text: str) -> None:
        """Press the keys that `text` spells; Enter is a carriage return."""
        os.write(self._ours, text.encode())

    async def until(self, expected: str, seconds: float = 15.0) -> str:
        """Return the screen once `expected` is on it; raises `TimeoutError` with the screen."""
        try:
            async with deadline(seconds):
                while expected not in self.text:
                    self.changed.clear()
                    await self.changed.wait()
        except TimeoutError as error:
            message = f"no {expected!r} within {seconds} s:\n{self.text}"
            raise TimeoutError(message) from error
        return self.text

    def data_received(self, data: bytes) -> None:
        """Draw what the process wrote."""
        self.written += data
        self._stream.feed(data)
        self.changed.set()

    async def open(self) -> None:
        """Start reading."""
        loop = asyncio.get_running_loop()
        ours = os.fdopen(os.dup(self._ours), "rb", 0)
        self._transport, _ = await loop.connect_read_pipe(lambda: self, ours)

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()
        os.close(self._ours)
        os.close(self.descriptor)

    async def __aenter__(self) -> Self:
        """Open."""
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close."""
        self.close()
