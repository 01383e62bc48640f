"""Standard input as the user's hands, for scripts and tests.

It must never block the window, whatever the input is: a pipe, a file or a terminal.
"""

import asyncio
import codecs
import os
from collections.abc import AsyncGenerator

_PIECE = 65_536


async def lines_of(descriptor: int) -> AsyncGenerator[str]:
    """Yield each line of a file descriptor without its end, until there are no more."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    rest = ""
    while piece := await _next_piece(descriptor):
        *whole, rest = (rest + decoder.decode(piece)).split("\n")
        for line in whole:
            yield line.removesuffix("\r")
    if rest:
        yield rest


async def _next_piece(descriptor: int) -> bytes:
    """Return what can be read now, waiting for something; b"" is the end."""
    loop = asyncio.get_running_loop()
    readable = asyncio.Event()
    loop.add_reader(descriptor, readable.set)
    try:
        await readable.wait()
    finally:
        loop.remove_reader(descriptor)
    return os.read(descriptor, _PIECE)
