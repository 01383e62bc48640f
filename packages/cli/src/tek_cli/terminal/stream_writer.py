"""Writing to descriptors in a thread, so that a reader who stalls never holds up the loop.

It must never use the buffers of `sys.stdout`: a thread that is stuck in one would abort the
interpreter at exit.
"""

import asyncio
import io
import os
import select
import threading
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Protocol, TextIO


class Sink(Protocol):
    """What a terminal writes to."""

    def isatty(self) -> bool:
        """Return whether a person sees it."""
        ...

    def write(self, text: str, /) -> object:
        """Take `text`."""
        ...

    def flush(self) -> None:
        """Let go of what was taken."""
        ...


class StreamWriter:
    """Writes what its sinks take, in that order; `lost` is called with a stream that nobody reads.

    Must be made on a running loop, and its sinks used there.
    """

    lost: Callable[[TextIO], object]

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._jobs: SimpleQueue[tuple[TextIO, bytes]] = SimpleQueue()
        self._broken: set[TextIO] = set()
        self.lost = self._broken.add
        self._waiting = 0
        self._progress = asyncio.Event()
        self._thread: threading.Thread | None = None

    def sink(self, stream: TextIO) -> Sink:
        """Return what stands in for `stream`; one without a descriptor is written to directly."""
        try:
            stream.fileno()
        except io.UnsupportedOperation:
            return stream
        return _Unblocked(stream, self)

    def put(self, stream: TextIO, text: str) -> None:
        """Have `text` written to `stream`."""
        if stream in self._broken or not text:
            return
        piece = text.encode(stream.encoding, "replace")
        self._waiting += len(piece)
        self._jobs.put((stream, piece))
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="output", daemon=True)
            self._thread.start()

    async def drained(self, limit: int = 0) -> None:
        """Return once no more than `limit` bytes wait."""
        while self._waiting > limit:
            self._progress.clear()
            await self._progress.wait()

    def _written(self, size: int) -> None:
        self._waiting -= size
        self._progress.set()

    def _break(self, stream: TextIO) -> None:
        self._broken.add(stream)
        self.lost(stream)

    # ---- In the thread -----------------------------------------------------------------------

    def _run(self) -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody waits for what is left
            held: tuple[TextIO, bytes] | None = None
            while True:
                stream, piece = held or self._jobs.get()
                held = None
                with suppress(Empty):
                    while held is None:
                        following = self._jobs.get_nowait()
                        if following[0] is stream:
                            piece += following[1]
                        else:
                            held = following
                try:
                    _write(stream.fileno(), piece)
                except (OSError, ValueError):  # ValueError: it is closed
                    self._loop.call_soon_threadsafe(self._break, stream)
                self._loop.call_soon_threadsafe(self._written, len(piece))


class _Unblocked:
    """A stream that takes text at once."""

    def __init__(self, stream: TextIO, writer: StreamWriter) -> None:
        self._stream, self._writer = stream, writer

    def isatty(self) -> bool:
        return self._stream.isatty()

    def write(self, text: str, /) -> None:
        self._writer.put(self._stream, text)

    def flush(self) -> None:
        """Nothing is kept here."""


def _write(descriptor: int, piece: bytes) -> None:
    while piece:
        try:
            piece = piece[os.write(descriptor, piece) :]
        except BlockingIOError:  # somebody else has made it so
            room = select.poll()
            room.register(descriptor, select.POLLOUT)
            room.poll()
