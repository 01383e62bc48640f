"""Gateways for tests that answer byte by byte, and what a client makes of them."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import TypeAlias

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from reconnect_core.io.link import Call, DialFailed, Link, LinkLost
from reconnect_core.io.websocket import dial
from reconnect_core.rules.verdict import Failure
from reconnect_core.testing import deadline

Answer: TypeAlias = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
"""Serves one TCP connection."""

RawServer: TypeAlias = Callable[..., AbstractAsyncContextManager[str]]
"""Serves every connection with an `Answer`; yields HOST:PORT."""

Handshake: TypeAlias = Callable[[asyncio.StreamReader], Awaitable[bytes]]
"""Reads a WebSocket handshake and returns the answer that accepts it."""

FRAME_LIMIT = 4_096
"""Bytes; the limit of the links that `dial_once` opens."""

_SHORT, _MEDIUM = 126, 2**16
"""Payload lengths from which a frame needs a longer header (RFC 6455, 5.2)."""


def frame(payload: bytes, *, opcode: int = 0x81) -> bytes:
    """Return an unmasked frame; `opcode` includes the FIN bit."""
    if len(payload) < _SHORT:
        return bytes([opcode, len(payload)]) + payload
    if len(payload) < _MEDIUM:
        return bytes([opcode, _SHORT]) + len(payload).to_bytes(2, "big") + payload
    message = "no test needs a longer frame"
    raise ValueError(message)


def close_frame(code: int, reason: bytes = b"") -> bytes:
    """Return an unmasked close frame."""
    return frame(code.to_bytes(2, "big") + reason, opcode=0x88)


def answering(answer: bytes) -> Answer:
    """Return a server that reads a request and writes `answer`."""

    async def serve_one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()

    return serve_one


async def never_answering(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    """Read until the client gives up."""
    await reader.read()


async def dial_once(server: str, scheme: str = "ws") -> Failure | Link:
    """Return the link to `server`, or why there is none."""
    url = f"{scheme}://{server}/gateway"
    async with deadline():
        try:
            return await dial(Call(url, offers=("tek.v1",), frame_limit=FRAME_LIMIT))
        except DialFailed as failed:
            return failed.failure


async def dial_failure(server: str, scheme: str = "ws") -> Failure:
    """Return why there is no link to `server`; a link is an `AssertionError`."""
    failure = await dial_once(server, scheme)
    if isinstance(failure, Failure):
        return failure
    message = "a link was opened"
    raise AssertionError(message)


async def read_until_lost(link: Link) -> tuple[list[str | bytes], Failure]:
    """Return the frames that arrive on `link`, and why it is lost."""
    frames: list[str | bytes] = []
    async with deadline():
        try:
            while True:
                frames.append(await link.receive())
        except LinkLost as lost:
            return frames, lost.failure


@asynccontextmanager
async def answering_gateway() -> AsyncGenerator[str]:
    """Run a gateway that answers every message and sends nothing else; yields its URL."""

    async def handle(connection: ServerConnection) -> None:
        with suppress(ConnectionClosed):
            async for _ in connection:
                await connection.send('{"type":"answer.end","requestId":"m"}')

    async with serve(handle, "127.0.0.1", 0) as server:
        host, port = server.sockets[0].getsockname()[:2]
        yield f"ws://{host}:{port}/gateway"


def tasks_of_clients() -> list[asyncio.Task[object]]:
    """Return the tasks that are neither this one nor a server's."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    return [each for each in others if "server" not in repr(each).lower()]
