"""Asking a gateway over HTTP whether it is alive, and which one it is.

It must never follow a redirect, use a proxy, or wait longer than its bound.
"""

import asyncio
from urllib.parse import urlsplit

import msgspec

from tek_local.runtime_file import RuntimeFile
from tek_protocol import DecodeError, decode

_BOUND = 3.0
"""Seconds, all in all: whoever listens there now may answer a byte at a time. A gateway answers in
milliseconds, but one that counts as dead on a busy machine would be started a second time."""

_READ_LIMIT = 65_536
_OK = b"HTTP/1.1 200 "


class Health(msgspec.Struct, frozen=True):
    """What `/health` says; `uptime` is in seconds."""

    instance: str
    pid: int = 0
    version: str = ""
    uptime: float = 0.0
    connections: int = 0
    sessions: int = 0


_HEALTH: msgspec.json.Decoder[Health] = msgspec.json.Decoder(Health)


async def read_health(runtime: RuntimeFile) -> Health | None:
    """Return the health of the very gateway that `runtime` names, or None in a few seconds."""
    health = await read_health_at(runtime.url)
    return health if health is not None and health.instance == runtime.instance else None


async def read_health_at(url: str) -> Health | None:
    """Return the health of the gateway at a WebSocket address, or None if it tells none."""
    try:
        async with asyncio.timeout(_BOUND):
            return decode(await _fetch(url), _HEALTH)
    except (OSError, ValueError, DecodeError):
        return None


async def _fetch(url: str) -> bytes:
    """Return the body of the answer, b"" for anything but a 200.

    It runs on the loop: a thread cannot be cancelled, and a program that ends waits for it.
    """
    address = urlsplit(url)
    is_tls = address.scheme == "wss"
    port = address.port or (443 if is_tls else 80)
    reader, writer = await asyncio.open_connection(address.hostname, port, ssl=is_tls or None)
    try:
        request = f"GET /health HTTP/1.1\r\nHost: {address.netloc}\r\nConnection: close\r\n\r\n"
        writer.write(request.encode("ascii"))
        await reader.readexactly(_READ_LIMIT)
        answer = b""  # too long to be a gateway's
    except asyncio.IncompleteReadError as whole:
        answer = whole.partial
    finally:
        writer.transport.abort()
    head, _, body = answer.partition(b"\r\n\r\n")
    return body if head.startswith(_OK) else b""
