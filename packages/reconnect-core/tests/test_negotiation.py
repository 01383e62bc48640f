"""Offers, redirects and TLS: what is agreed on before the first frame."""

import asyncio
import ssl
from pathlib import Path

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response

from reconnect_core import (
    Blocked,
    Cause,
    Failure,
    Online,
    Session,
)
from reconnect_core.testing import deadline, until
from reconnect_core.testing.raw_gateway import (
    RawServer,
    answering,
    dial_failure,
    dial_once,
    never_answering,
)

# ---- Offers and redirects ------------------------------------------------------------------


async def test_a_server_that_refuses_offers_is_dialled_without_and_remembered() -> None:
    offers: list[str | None] = []

    def check(_: ServerConnection, request: Request) -> Response | None:
        offers.append(request.headers.get("Sec-WebSocket-Protocol"))
        refused = offers[-1] is not None
        return ServerConnection.respond(_, 400, "no offers") if refused else None

    async def handle(connection: ServerConnection) -> None:
        await connection.close()

    async with serve(handle, "127.0.0.1", 0, process_request=check) as server:
        host, port = server.sockets[0].getsockname()[:2]
        for _ in range(2):
            link = await dial_once(f"{host}:{port}")
            assert not isinstance(link, Failure)
            link.abort()
    assert offers == ["tek.v1", None, None]


async def test_a_server_that_answers_400_to_everything_is_dialled_twice_and_blocks(
    raw_server: RawServer,
) -> None:
    count = 0
    refuse = answering(b"HTTP/1.1 400 No\r\nContent-Length: 0\r\n\r\n")

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal count
        count += 1
        await refuse(reader, writer)

    async with raw_server(answer) as server, Session(f"ws://{server}/") as session:
        assert (await until(session, Blocked)).connection.reason == "HTTP 400 Bad Request"
    assert count == 2


async def test_a_server_that_selects_what_was_not_offered_is_none() -> None:
    def choose(_: ServerConnection, __: object) -> None:
        return None

    def disturb(_: ServerConnection, __: Request, response: Response) -> Response:
        response.headers["Sec-WebSocket-Protocol"] = "chat.v9"
        return response

    async def handle(connection: ServerConnection) -> None:
        await connection.wait_closed()

    async with serve(
        handle, "127.0.0.1", 0, select_subprotocol=choose, process_response=disturb
    ) as server:
        host, port = server.sockets[0].getsockname()[:2]
        failure = await dial_failure(f"{host}:{port}")
    assert failure.cause is Cause.NOT_WEBSOCKET
    assert "chat.v9" in failure.detail


async def test_a_redirect_is_not_followed_and_the_token_not_sent_on(
    raw_server: RawServer,
) -> None:
    seen: list[bytes] = []

    async def elsewhere(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        seen.append(await reader.read())

    async def token() -> str:
        return "s3cret"

    async with raw_server(elsewhere) as target:
        moved = f"HTTP/1.1 302 Found\r\nLocation: ws://{target}/\r\nContent-Length: 0\r\n\r\n"
        async with (
            raw_server(answering(moved.encode())) as server,
            Session(f"ws://{server}/", token=token) as session,
        ):
            assert (await until(session, Blocked)).connection.reason == "HTTP 302 Found"
    assert seen == []


# ---- TLS -----------------------------------------------------------------------------------


async def test_an_untrusted_certificate_is_reported(
    raw_server: RawServer, tls: ssl.SSLContext
) -> None:
    async with raw_server(never_answering, tls) as server:
        failure = await dial_failure(server, "wss")
    assert failure.cause is Cause.CERTIFICATE
    assert failure.detail.startswith("certificate not trusted")


async def test_a_server_without_tls_is_reported(raw_server: RawServer) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 No\r\n\r\n")

    async with raw_server(answer) as server:
        failure = await dial_failure(server, "wss")
    assert failure.cause is Cause.NOT_WEBSOCKET
    assert "try ws://" in failure.detail


async def test_a_tls_handshake_that_breaks_off_is_a_passing_failure(
    raw_server: RawServer,
) -> None:
    async def answer(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read(1)

    async with raw_server(answer) as server:
        failure = await dial_failure(server, "wss")
    assert failure.cause in {Cause.NETWORK, Cause.TLS}


async def test_a_certificate_that_the_machine_trusts_opens_the_way_for_a_token(
    certificate: Path, tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    seen: list[str | None] = []

    async def handle(connection: ServerConnection) -> None:
        assert connection.request is not None
        seen.append(connection.request.headers.get("Authorization"))
        await connection.wait_closed()

    async def token() -> str:
        return "s3cret"

    async with serve(handle, "127.0.0.1", 0, ssl=tls) as server:
        port = server.sockets[0].getsockname()[1]
        async with Session(f"wss://localhost:{port}/", token=token) as session:
            await until(session, Online)
            async with deadline():
                await session.close()
    assert seen == ["Bearer s3cret"]
