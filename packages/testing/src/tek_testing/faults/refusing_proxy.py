"""A TCP proxy that refuses an exact number of dials, and holds the one after.

An outage that ends after some seconds ends after a different attempt in every run. One that ends
after an exact number of attempts is the same in every run.
"""

import asyncio
import contextlib
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Self

from tek_testing.gateway.ports import free_port

# A reset reaches the client as one of two errors, depending on which packet comes first.
_REFUSAL = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@dataclass(slots=True)
class RefusingProxy:
    """A proxy on loopback that passes bytes to the port `upstream`, or answers 503."""

    upstream: int
    port: int = field(default_factory=free_port)
    refusals: int = 0
    is_ready: asyncio.Event = field(default_factory=asyncio.Event)
    _server: asyncio.Server | None = None
    _passing: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])

    @property
    def url(self) -> str:
        """Return the address to dial."""
        return f"ws://127.0.0.1:{self.port}/gateway"

    def shut(self, refusals: int) -> None:
        """Refuse the next `refusals` dials, and hold those after until `open`."""
        self.refusals = refusals
        self.is_ready.clear()

    def open(self) -> None:
        """Let dials through once the refusals are used up."""
        self.is_ready.set()

    def cut(self) -> None:
        """Close every open connection."""
        for task in self._passing:
            task.cancel()

    async def __aenter__(self) -> Self:
        """Listen, and let dials through."""
        self._server = await asyncio.start_server(self._pass, "127.0.0.1", self.port)
        self.is_ready.set()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop listening, and close every open connection."""
        if self._server is not None:
            self._server.close()
        for task in self._passing:
            task.cancel()
        if self._passing:
            await asyncio.wait(self._passing)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._passing.add(task)
            task.add_done_callback(self._passing.discard)
        with contextlib.suppress(asyncio.CancelledError, ConnectionError, EOFError):
            if self.refusals:
                self.refusals -= 1
                await reader.readuntil(b"\r\n\r\n")
                writer.write(_REFUSAL)
                writer.close()
                return
            await self.is_ready.wait()
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.upstream)
            try:
                await _first_end(_pump(reader, far_writer), _pump(far_reader, writer))
            finally:
                far_writer.transport.abort()
        writer.transport.abort()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()


async def _first_end(*ways: Coroutine[None, None, None]) -> None:
    """Run both directions until one ends: a half-closed connection is closed."""
    tasks = [asyncio.ensure_future(way) for way in ways]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
