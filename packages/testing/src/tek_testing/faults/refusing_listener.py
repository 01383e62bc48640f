"""A listener that refuses every dial in a chosen way, and records the time of each."""

import asyncio
import base64
import hashlib
import socket
import struct
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Self, TypeAlias

from tek_testing.deadlines import deadline


@dataclass(frozen=True, slots=True)
class Reset:
    """The connection is reset (RST) as soon as it is accepted."""


@dataclass(frozen=True, slots=True)
class Close:
    """The connection is closed (FIN) as soon as it is accepted, without a byte."""


@dataclass(frozen=True, slots=True)
class Http:
    """The handshake is answered with an HTTP status, such as 503 with `Retry-After`."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class AcceptThenClose:
    """The handshake succeeds, and a close frame with `code` follows; None sends no code."""

    code: int | None = 1000
    reason: str = ""


Refusal: TypeAlias = Reset | Close | Http | AcceptThenClose

_HEADERS_LIMIT = 2.0
"""Seconds, scaled, in which a client sends its request."""

_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, section 1.3


class RefusingListener:
    """A listener on loopback for `async with`; `refusal` may be changed while it runs.

    `port` 0 takes a free one. `times` holds the `time.monotonic()` of every dial so far.
    """

    def __init__(self, refusal: Refusal, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self.refusal = refusal
        self.times: list[float] = []
        self._host = host
        self._port = port
        self._server: asyncio.Server | None = None
        self._dialled = asyncio.Condition()

    @property
    def port(self) -> int:
        """Return the port that it listens on."""
        return self._port

    @property
    def url(self) -> str:
        """Return the address to dial."""
        return f"ws://{self._host}:{self._port}/gateway"

    async def dials(self, count: int, *, limit: float = 10.0) -> Sequence[float]:
        """Wait for `count` dials, and return their times.

        Raises `TimeoutError` after `limit` seconds, scaled.
        """
        async with deadline(limit), self._dialled:
            await self._dialled.wait_for(lambda: len(self.times) >= count)
        return self.times[:count]

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._meet, self._host, self._port)
        self._port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.times.append(time.monotonic())
        async with self._dialled:
            self._dialled.notify_all()
        with suppress(OSError, TimeoutError, asyncio.IncompleteReadError):
            await self._refuse(reader, writer)
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()

    async def _refuse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        match self.refusal:
            case Reset():
                _reset(writer)
            case Close():
                writer.close()
            case Http(status, headers):
                await _request(reader)
                writer.write(_response(status, headers))
                await writer.drain()
            case AcceptThenClose(code, reason):
                key = _key_of(await _request(reader))
                writer.write(_acceptance(key) + _close_frame(code, reason))
                writer.write_eof()
                async with deadline(_HEADERS_LIMIT):
                    await reader.read()  # closing with unread data would send RST


def _reset(writer: asyncio.StreamWriter) -> None:
    # Lingering for 0 seconds makes `close` send RST.
    linger = struct.pack("ii", 1, 0)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    writer.transport.abort()


async def _request(reader: asyncio.StreamReader) -> str:
    async with deadline(_HEADERS_LIMIT):
        return (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")


def _response(status: int, headers: Mapping[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    lines += ["Content-Length: 0", "Connection: close", "", ""]
    return "\r\n".join(lines).encode("latin-1")


def _key_of(request: str) -> str:
    pairs = (line.partition(":") for line in request.split("\r\n"))
    return next((v.strip() for k, _, v in pairs if k.lower() == "sec-websocket-key"), "")


def _acceptance(key: str) -> bytes:
    accept = base64.b64encode(hashlib.sha1(f"{key}{_GUID}".encode()).digest()).decode()  # noqa: S324 - the handshake's own hash
    lines = ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade"]
    return "\r\n".join([*lines, f"Sec-WebSocket-Accept: {accept}", "", ""]).encode("latin-1")


def _close_frame(code: int | None, reason: str) -> bytes:
    payload = b"" if code is None else struct.pack("!H", code) + reason.encode()
    return bytes([0x88, len(payload)]) + payload
