"""A WebSocket client that records when which bytes arrived, and parses them afterwards.

A client that parses each frame at once would be slower than the gateway that it measures.
"""

import asyncio
import struct
import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from tek_protocol.envelope import SUBPROTOCOL_PLAIN, SUBPROTOCOL_RESUME

_TEXT, _FINAL, _MASKED = 1, 0x80, 0x80
_SHORT, _TWO_BYTES = 125, 126


class Raw(asyncio.Protocol):
    """One connection; `received` has every piece with its `time.monotonic_ns`."""

    def __init__(self) -> None:
        self.received: list[tuple[int, bytes]] = []
        self._transport: asyncio.Transport | None = None
        self._wanted = b""
        self._end = b""
        self._found = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        if isinstance(transport, asyncio.Transport):
            self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Record `data` and the time."""
        self.received.append((time.monotonic_ns(), data))
        self._end = (self._end + data)[-len(self._wanted) - len(data) :]
        if self._wanted and self._wanted in self._end:
            self._wanted = b""
            self._found.set()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wake whoever waits for more bytes."""
        del exc
        self._found.set()

    def write(self, data: bytes) -> None:
        """Write bytes as they are."""
        if self._transport is not None:
            self._transport.write(data)

    def say(self, text: str) -> None:
        """Send a text frame, masked with zeros."""
        payload = text.encode()
        size = len(payload)
        length = (
            bytes([_MASKED | size])
            if size <= _SHORT
            else struct.pack("!BH", _MASKED | _TWO_BYTES, size)
        )
        self.write(bytes([_FINAL | _TEXT]) + length + bytes(4) + payload)

    async def until(self, wanted: bytes) -> None:
        """Return once `wanted` has arrived, counted from now on."""
        self._end, self._wanted = b"", wanted
        self._found.clear()
        await self._found.wait()
        if self._wanted:
            reason = f"the connection was closed before {wanted!r} came"
            raise RuntimeError(reason)

    def frames(self) -> Iterator[tuple[int, bytes]]:
        """Yield all frames after the handshake, each with the time of its last byte."""
        buffer = b""
        is_open = False
        for at, data in self.received:
            buffer += data
            if not is_open:
                _, separator, rest = buffer.partition(b"\r\n\r\n")
                is_open, buffer = bool(separator), rest if separator else buffer
            while is_open and (frame := _first(buffer)) is not None:
                start, end = frame
                yield at, buffer[start:end]
                buffer = buffer[end:]


@asynccontextmanager
async def opened(url: str) -> AsyncGenerator[Raw]:
    """Connect and shake hands."""
    address = urlsplit(url)
    loop = asyncio.get_running_loop()
    transport, raw = await loop.create_connection(Raw, address.hostname or "", address.port or 0)
    try:
        request = [
            f"GET {address.path or '/'} HTTP/1.1",
            f"Host: {address.netloc}",
            "Connection: Upgrade",
            "Upgrade: websocket",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
            f"Sec-WebSocket-Protocol: {SUBPROTOCOL_PLAIN}, {SUBPROTOCOL_RESUME}",
        ]
        raw.write("\r\n".join([*request, "", ""]).encode())
        await raw.until(b"\r\n\r\n")
        yield raw
    finally:
        transport.abort()


def _first(buffer: bytes) -> tuple[int, int] | None:
    """Return where the payload of the first frame begins and ends, None if it is not all there."""
    if len(buffer) < 2:  # noqa: PLR2004 - the shortest header
        return None
    size, start = buffer[1], 2
    if size > _SHORT:
        start = 4 if size == _TWO_BYTES else 10
        if len(buffer) < start:
            return None
        size = int.from_bytes(buffer[2:start], "big")
    return None if len(buffer) < start + size else (start, start + size)
