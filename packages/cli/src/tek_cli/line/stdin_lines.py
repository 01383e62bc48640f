"""Lines of standard input, read by a thread that does not keep the process from ending.

It reads the descriptor, not `sys.stdin`: a thread that held the lock of `sys.stdin` at exit would
abort the interpreter.
"""

import asyncio
import codecs
import os
import threading
from collections.abc import AsyncGenerator

_CHUNK = 65_536


async def read_lines(descriptor: int) -> AsyncGenerator[str]:
    """Yield the lines of `descriptor` without line endings; the last one needs none.

    The next read starts only when all lines of the previous one were taken.
    """
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    rest = ""
    async for chunk in _chunks(descriptor):
        *lines, rest = (rest + decoder.decode(chunk)).split("\n")
        for line in lines:
            yield line.removesuffix("\r")
    if rest := rest + decoder.decode(b"", final=True):
        yield rest


async def _chunks(descriptor: int) -> AsyncGenerator[bytes]:
    """Yield what a daemon thread reads; the thread may be abandoned in the middle of a read."""
    loop = asyncio.get_running_loop()
    chunks: asyncio.Queue[bytes] = asyncio.Queue()
    turn = threading.Semaphore(0)

    def read() -> None:
        chunk = b"."
        while chunk and turn.acquire():
            try:
                chunk = os.read(descriptor, _CHUNK)
            except OSError:  # the terminal is gone
                chunk = b""
            try:
                loop.call_soon_threadsafe(chunks.put_nowait, chunk)
            except RuntimeError:  # the loop is closed
                return

    threading.Thread(target=read, name="stdin", daemon=True).start()
    turn.release()
    while chunk := await chunks.get():
        yield chunk
        turn.release()
