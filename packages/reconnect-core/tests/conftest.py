"""Gateways of every kind on loopback, and a watch over the log."""

import asyncio
import logging
import ssl
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from hypothesis import settings
from websockets.utils import accept_key

from reconnect_core.testing.raw_gateway import Answer, Handshake, RawServer

settings.register_profile("repo", deadline=None, max_examples=60)
settings.load_profile("repo")


@pytest.fixture(autouse=True)
def _quiet_log(caplog: pytest.LogCaptureFixture) -> Generator[None]:
    """Fail a test that logs a warning which it does not take out with `caplog.clear()`."""
    yield
    loud = [each for each in caplog.get_records("call") if each.levelno >= logging.WARNING]
    assert not [each.getMessage() for each in loud]


@pytest.fixture(scope="session")
def certificate() -> Path:
    """Return a key and its certificate for `localhost`, of no use anywhere else."""
    return Path(__file__).parent / "self_signed.pem"


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    """Return the server's side of TLS with a certificate that nobody trusts."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@pytest.fixture
def raw_server() -> RawServer:
    """Return what serves TCP connections with a test's own coroutine, as HOST:PORT."""
    return _raw_server


@asynccontextmanager
async def _raw_server(answer: Answer, tls: ssl.SSLContext | None = None) -> AsyncGenerator[str]:
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await answer(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the client has left
        finally:
            writer.close()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.create_task(serve(reader, writer)))

    server = await asyncio.start_server(connected, "localhost", 0, ssl=tls, family=2)
    host, port = server.sockets[0].getsockname()[:2]
    try:
        yield f"{host}:{port}"
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@pytest.fixture
def handshake() -> Handshake:
    """Return what reads a WebSocket handshake and gives the whole answer to it."""
    return _handshake


async def _handshake(reader: asyncio.StreamReader) -> bytes:
    request = (await reader.readuntil(b"\r\n\r\n")).decode()
    headers = dict(line.split(": ", 1) for line in request.splitlines()[1:] if line)
    accept = accept_key(headers["Sec-WebSocket-Key"])
    lines = (
        "HTTP/1.1 101 Switching Protocols",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Accept: {accept}",
        *("", ""),
    )
    return "\r\n".join(lines).encode()
