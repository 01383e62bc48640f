"""Servers that answer a handshake in every wrong way: none crashes a session."""

import asyncio

import pytest

from reconnect_core import (
    Backoff,
    Blocked,
    Call,
    Cause,
    DialFailed,
    Failure,
    Phase,
    Received,
    Session,
    Waiting,
)
from reconnect_core.io.websocket import dial
from reconnect_core.testing import until
from reconnect_core.testing.raw_gateway import (
    Handshake,
    RawServer,
    answering,
    close_frame,
    dial_failure,
    dial_once,
    frame,
    never_answering,
    read_until_lost,
)

HASTY = Backoff(base=0.001, cap=0.001)
TEXT = '{"type":"hello"}'


# ---- Sockets that close --------------------------------------------------------------------


async def test_a_socket_that_closes_at_any_byte_of_the_handshake_is_a_passing_failure(
    raw_server: RawServer, handshake: Handshake
) -> None:
    cut, whole = 0, b"?"

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal whole
        whole = await handshake(reader)
        writer.write(whole[:cut])

    async with raw_server(answer) as server:
        while cut < len(whole):
            failure = await dial_failure(server)
            assert failure.cause is Cause.NETWORK, cut
            cut += 1
    assert cut > 100


async def test_a_socket_that_closes_at_any_byte_of_a_frame_is_a_passing_loss(
    raw_server: RawServer, handshake: Handshake
) -> None:
    frames = frame(TEXT.encode()) + frame(b"x" * 200) + close_frame(1012, b"restart")
    cut = 0

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await handshake(reader) + frames[:cut])

    async with raw_server(answer) as server:
        for cut in range(len(frames) + 1):
            link = await dial_once(server)
            assert not isinstance(link, Failure)
            read, failure = await read_until_lost(link)
            assert failure.cause is Cause.CLOSED
            assert failure.code == (1012 if cut == len(frames) else 1006), cut
            assert read == [TEXT, "x" * 200][: len(read)]
            link.abort()


async def test_a_socket_that_is_reset_before_the_handshake_is_a_passing_failure(
    raw_server: RawServer,
) -> None:
    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()

    async with raw_server(answer) as server:
        failure = await dial_failure(server)
    assert failure.cause in {Cause.NETWORK, Cause.CLOSED}
    assert failure.status is None


async def test_a_session_outlives_a_gateway_that_closes_at_every_byte(
    raw_server: RawServer, handshake: Handshake
) -> None:
    frames, cut = frame(TEXT.encode()), 0

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal cut
        whole = await handshake(reader) + frames
        writer.write(whole[: min(cut, len(whole))])
        cut += 7

    async with (
        raw_server(answer) as server,
        Session(f"ws://{server}/gateway", backoff=HASTY) as session,
    ):
        received = await until(session, Received)
    assert received.text == TEXT


async def test_a_port_without_a_server_is_a_refused_connection(raw_server: RawServer) -> None:
    async with raw_server(answering(b"")) as server:
        pass
    assert await dial_failure(server) == Failure(Cause.NETWORK, "connection refused")


# ---- Answers that are no handshake ---------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [
        b"garbage\r\n\r\n",
        b"\x00\xff\xfe\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
        (
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
            b"Connection: Upgrade\r\nSec-WebSocket-Accept: wrong\r\n\r\n"
        ),
        b"HTTP/1.1 101 Switching Protocols\r\nno colon\r\n\r\n",
        b"HTTP/1.1 200 " + b"x" * 9_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 200 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n",
    ],
    ids=range(10),
)
async def test_an_answer_that_is_no_handshake_is_no_websocket_server(
    raw_server: RawServer, answer: bytes
) -> None:
    async with raw_server(answering(answer)) as server:
        failure = await dial_failure(server)
    assert failure.cause is Cause.NOT_WEBSOCKET
    assert failure.detail.startswith("no WebSocket server")


@pytest.mark.parametrize(
    ("status", "phase"),
    [
        *[(each, Phase.BLOCKED) for each in (200, 204, 302, 400, 401, 403, 404, 410, 426, 451)],
        *[(each, Phase.WAITING) for each in (408, 425, 429, 500, 502, 503, 504, 599)],
    ],
)
async def test_an_http_status_is_reported_and_retried_or_not(
    raw_server: RawServer, status: int, phase: Phase
) -> None:
    answer = answering(f"HTTP/1.1 {status} Whatever\r\nContent-Length: 2\r\n\r\nno".encode())
    async with raw_server(answer) as server, Session(f"ws://{server}/") as session:
        kind = Waiting if phase is Phase.WAITING else Blocked
        told = (await until(session, kind)).connection
    assert told.phase is phase
    assert told.reason.startswith(f"HTTP {status}")


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ("Retry-After: 120", 120),
        ("Retry-After: 1.5", 1.5),
        ("Retry-After: Wed, 21 Oct 2015 07:28:00 GMT", 0),
        ("Retry-After: Fri, 31 Dec 9999 23:59:59 GMT", 3_600),
        ("Retry-After: 99999999999", 3_600),
        ("Retry-After: inf", 3_600),
        ("Retry-After: nan", 0),
        ("Retry-After: -5", 0),
        ("Retry-After: soon", 0),
        ("Retry-After: Wed, 21 Oct 2015 07:28:00", 0),
        ("Retry-After: ", 0),
        ("Retry-After: 3\r\nRetry-After: 7", 7),
        ("X: y", 0),
    ],
)
async def test_a_gateway_asks_for_time_in_seconds_or_with_a_date(
    raw_server: RawServer, headers: str, seconds: float
) -> None:
    answer = answering(f"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n{headers}\r\n\r\n".encode())
    async with raw_server(answer) as server:
        failure = await dial_failure(server)
    assert failure.status == 503
    assert failure.retry_after == seconds


async def test_a_session_waits_as_long_as_a_busy_gateway_asks(raw_server: RawServer) -> None:
    busy = answering(b"HTTP/1.1 429 Slow\r\nRetry-After: 42\r\nContent-Length: 0\r\n\r\n")
    async with raw_server(busy) as server, Session(f"ws://{server}/") as session:
        assert (await until(session, Waiting)).delay == 42


async def test_a_server_that_never_answers_is_a_timeout(raw_server: RawServer) -> None:
    async with raw_server(never_answering) as server:
        with pytest.raises(DialFailed) as caught:
            await dial(Call(f"ws://{server}/", timeout=0.05))
    assert caught.value.failure == Failure(Cause.TIMEOUT, "no answer in time")
