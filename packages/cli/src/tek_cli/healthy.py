"""What a gateway says about itself over HTTP. It must never wait longer than its bound."""

import asyncio
from urllib.parse import urlsplit

import msgspec

from tek_chat.health import Health

_BOUND = 2.0
_READ_LIMIT = 65_536
_OK = b" 200 "


async def read_health_at(url: str) -> Health | None:
    """Return the health of the gateway at a WebSocket address, or None if it tells none."""
    try:
        async with asyncio.timeout(_BOUND):
            return msgspec.json.decode(await _fetch(url), type=Health)
    except (OSError, ValueError):
        return None


async def _fetch(url: str) -> bytes:
    """Return the body of the answer, b"" for anything but a 200."""
    address = urlsplit(url)
    is_tls = address.scheme == "wss"
    port = address.port or (443 if is_tls else 80)
    reader, writer = await asyncio.open_connection(address.hostname, port, ssl=is_tls or None)
    try:
        request = f"GET /health HTTP/1.1\r\nHost: {address.netloc}\r\nConnection: close\r\n\r\n"
        writer.write(request.encode("ascii", "replace"))
        answer = await reader.readexactly(_READ_LIMIT)
    except asyncio.IncompleteReadError as whole:
        answer = whole.partial
    finally:
        writer.transport.abort()
    head, _, body = answer.partition(b"\r\n\r\n")
    return body if _OK in head.partition(b"\r\n")[0] else b""
