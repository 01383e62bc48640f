"""Standard input as a script of messages, for tests and pipelines.

Reads a pipe, a file or a terminal without blocking the event loop.
"""

import asyncio
import codecs
import os
from collections.abc import AsyncGenerator

_READ_SIZE = 65_536


async def read_lines(descriptor: int) -> AsyncGenerator[str]:
    """Yield the lines of a file descriptor, without their line ends, until its end."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    rest = ""
    while piece := await _next_piece(descriptor):
        *whole, rest = (rest + decoder.decode(piece)).split("\n")
        for line in whole:
            yield line.removesuffix("\r")
    if rest:
        yield rest


async def _next_piece(descriptor: int) -> bytes:
    """Wait until something can be read, and return it; b"" is the end."""
    loop = asyncio.get_running_loop()
    readable = asyncio.Event()
    loop.add_reader(descriptor, readable.set)
    try:
        await readable.wait()
    finally:
        loop.remove_reader(descriptor)
    return os.read(descriptor, _READ_SIZE)
