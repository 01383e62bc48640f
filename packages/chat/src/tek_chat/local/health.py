"""Asks a gateway over HTTP for its health and its identity: no redirects, no proxy."""

import asyncio
from urllib.parse import urlsplit

import msgspec

from tek_local.runtime_file import RuntimeFile
from tek_protocol import DecodeError, decode

_TIMEOUT = 3.0
"""Seconds for the whole request: another server may answer a byte at a time. A gateway answers in
milliseconds; the margin keeps a busy machine from starting a second one."""

_READ_LIMIT = 65_536
_OK = b"HTTP/1.1 200 "


class Health(msgspec.Struct, frozen=True):
    """The answer of `/health`; `uptime` is in seconds."""

    instance: str
    pid: int = 0
    version: str = ""
    uptime: float = 0.0
    connections: int = 0
    sessions: int = 0


_HEALTH: msgspec.json.Decoder[Health] = msgspec.json.Decoder(Health)


async def read_health(runtime: RuntimeFile) -> Health | None:
    """Return the health of the gateway that `runtime` names, or None after 3 seconds at most."""
    health = await read_health_at(runtime.url)
    return health if health is not None and health.instance == runtime.instance else None


async def read_health_at(url: str) -> Health | None:
    """Return the health of the gateway at a WebSocket address, or None without a valid answer."""
    try:
        async with asyncio.timeout(_TIMEOUT):
            return decode(await _fetch(url), _HEALTH)
    except (OSError, ValueError, DecodeError):
        return None


async def _fetch(url: str) -> bytes:
    """Return the body of the answer, b"" for any status but 200.

    It runs on the loop, since a thread cannot be cancelled and would delay the end of the program.
    """
    address = urlsplit(url)
    is_tls = address.scheme == "wss"
    port = address.port or (443 if is_tls else 80)
    reader, writer = await asyncio.open_connection(address.hostname, port, ssl=is_tls or None)
    try:
        request = f"GET /health HTTP/1.1\r\nHost: {address.netloc}\r\nConnection: close\r\n\r\n"
        writer.write(request.encode("ascii"))
        await reader.readexactly(_READ_LIMIT)
        answer = b""  # too long for a gateway's answer
    except asyncio.IncompleteReadError as whole:
        answer = whole.partial
    finally:
        writer.transport.abort()
    head, _, body = answer.partition(b"\r\n\r\n")
    return body if head.startswith(_OK) else b""
