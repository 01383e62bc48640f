"""Writing to descriptors in a thread, so that a stalled reader does not block the event loop.

It bypasses the buffer of `sys.stdout`: a thread stuck in it at exit would abort the interpreter.
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
    """A text stream, as far as `Terminal` needs one."""

    def isatty(self) -> bool:
        """Return whether it is a terminal."""
        ...

    def write(self, text: str, /) -> object:
        """Write `text`."""
        ...

    def flush(self) -> None:
        """Pass on what is buffered."""
        ...


class StreamWriter:
    """Writes the text of its sinks in order; calls `lost` with a stream that was closed.

    Create it and use its sinks on a running event loop.
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
        """Return a sink for `stream`, or `stream` itself if it has no descriptor."""
        try:
            stream.fileno()
        except io.UnsupportedOperation:
            return stream
        return _QueuedStream(stream, self)

    def put(self, stream: TextIO, text: str) -> None:
        """Queue `text` for `stream`."""
        if stream in self._broken or not text:
            return
        piece = text.encode(stream.encoding, "replace")
        self._waiting += len(piece)
        self._jobs.put((stream, piece))
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="output", daemon=True)
            self._thread.start()

    async def drained(self, limit: int = 0) -> None:
        """Return once at most `limit` bytes are queued."""
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
        with suppress(RuntimeError):  # the loop is closed
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
                except (OSError, ValueError):  # ValueError: the file is closed
                    self._loop.call_soon_threadsafe(self._break, stream)
                self._loop.call_soon_threadsafe(self._written, len(piece))


class _QueuedStream:
    """A sink that queues its text on a `StreamWriter`."""

    def __init__(self, stream: TextIO, writer: StreamWriter) -> None:
        self._stream, self._writer = stream, writer

    def isatty(self) -> bool:
        return self._stream.isatty()

    def write(self, text: str, /) -> None:
        self._writer.put(self._stream, text)

    def flush(self) -> None:
        """Do nothing: there is no buffer here."""


def _write(descriptor: int, piece: bytes) -> None:
    while piece:
        try:
            piece = piece[os.write(descriptor, piece) :]
        except BlockingIOError:  # another process made the descriptor non-blocking
            room = select.poll()
            room.register(descriptor, select.POLLOUT)
            room.poll()
