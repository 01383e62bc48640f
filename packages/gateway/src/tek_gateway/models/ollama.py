"""This machine's Ollama: its address, and the models that it has."""

import asyncio
import os
from contextlib import suppress
from urllib.parse import urlsplit

import msgspec

from tek_gateway.config_file import Endpoint
from tek_protocol import DecodeError, decode

PORT = 11434
VARIABLE = "OLLAMA_HOST"
"""Ollama's own variable: where its server listens, and its clients look."""

LOOK_LIMIT = 0.5
"""Seconds that it may take to say which models there are."""

WINDOW = 4096
"""Tokens. The context window that Ollama gives a model by default."""

READ_LIMIT = 1_048_576

_ANY = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - only recognised here


class _Model(msgspec.Struct, frozen=True):
    id: str


class _Models(msgspec.Struct, frozen=True):
    data: list[_Model] | None = None


_MODELS: msgspec.json.Decoder[_Models] = msgspec.json.Decoder(_Models)


def endpoint_of(model: str) -> Endpoint:
    """Return the endpoint of `model` at this machine's Ollama."""
    host, port = _place()
    bracketed = f"[{host}]" if ":" in host else host
    url = f"http://{bracketed}:{port}/v1"
    return Endpoint(base_url=url, model=model, window=WINDOW, continues=True)


async def find_models() -> list[str] | None:
    """Return the models of this machine's Ollama, newest first, or None without an Ollama."""
    host, port = _place()
    try:
        async with asyncio.timeout(LOOK_LIMIT):
            answer = await _get(host, port, "/v1/models")
    except (OSError, TimeoutError):
        return None
    head, _, body = answer.partition(b"\r\n\r\n")
    if head.split(b" ", 2)[1:2] != [b"200"]:
        return None
    try:
        found = decode(body, _MODELS).data or []
    except DecodeError:
        return None
    return [each.id for each in found if each.id and "embed" not in each.id]


async def _get(host: str, port: int, path: str) -> bytes:
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(
            f"GET {path} HTTP/1.0\r\nHost: {host}:{port}\r\n\r\n".encode("ascii", "replace")
        )
        answer = b""
        while len(answer) < READ_LIMIT and (chunk := await reader.read(65_536)):
            answer += chunk
        return answer
    finally:
        writer.transport.abort()
        with suppress(OSError):
            await writer.wait_closed()


def _place() -> tuple[str, int]:
    named = os.environ.get(VARIABLE, "").strip()
    try:
        url = urlsplit(named if "://" in named else f"http://{named}")
        host, port = url.hostname or "", url.port
    except ValueError:
        host, port = "", None
    return _ANY.get(host, host), PORT if port is None else port
