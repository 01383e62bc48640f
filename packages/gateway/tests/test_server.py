"""Paths, handshakes, frames and readers that do not read."""

import asyncio
import json
import os
import secrets
import socket
import struct
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from urllib.request import ProxyHandler, build_opener

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tek_gateway.version import VERSION
from tek_local.runtime_file import RuntimeFile
from tek_protocol import encode
from tek_protocol.chat import ChatSend, SessionList, StreamDelta
from tek_protocol.envelope import FRAME_LIMIT
from tek_testing.clients.wire_client import WireClient
from tek_testing.deadlines import deadline

LIST: dict[str, object] = {"type": "session.list", "id": "l-1"}


LONG = " ".join(["x" * 400] * 2000)
MANY = 8
"""So many long answers are more than the system's buffers hold."""


async def all_answered(client: WireClient, count: int) -> None:
    """Return once there are `count` sessions of one message and its whole answer."""
    async with deadline(20):
        while True:
            listed = await client.ask(LIST)
            assert isinstance(listed, SessionList)
            if [info.message_count for info in listed.sessions] == [2] * count:
                return


async def health(gateway: RuntimeFile) -> dict[str, object]:
    url = f"http://{gateway.host}:{gateway.port}/health"

    def read() -> dict[str, object]:
        with build_opener(ProxyHandler({})).open(url, timeout=10) as response:
            assert response.headers["Content-Type"] == "application/json"
            return json.load(response)

    return await asyncio.to_thread(read)


@asynccontextmanager
async def silent(gateway: RuntimeFile) -> AsyncGenerator[socket.socket]:
    """Shake hands and then read nothing, with small buffers."""
    loop = asyncio.get_running_loop()
    with socket.socket() as raw:
        raw.setblocking(False)  # noqa: FBT003 - the standard library's own
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        await loop.sock_connect(raw, (gateway.host, gateway.port))
        request = (
            "GET /gateway HTTP/1.1\r\nHost: here\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        )
        await loop.sock_sendall(raw, request.encode())
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += await loop.sock_recv(raw, 1)
        assert head.startswith(b"HTTP/1.1 101")
        yield raw


def frame(opcode: int, payload: bytes) -> bytes:
    """Return a final frame, masked with zeros."""
    size = len(payload)
    length = bytes([0x80 | size]) if size < 126 else struct.pack("!BQ", 0x80 | 127, size)
    return bytes([0x80 | opcode]) + length + bytes(4) + payload


@pytest.mark.parametrize(
    ("offered", "selected"),
    [
        ((), None),
        (("tek.v1",), "tek.v1"),
        (("chat", "mqtt"), None),
    ],
)
async def test_plain_mode_is_selected_when_it_alone_is_offered_and_nothing_is_refused(
    gateway: RuntimeFile, offered: tuple[str, ...], selected: str | None
) -> None:
    async with WireClient(gateway.url, *offered) as client:
        assert client.socket.subprotocol == selected
        assert client.socket.protocol.extensions == []
        assert isinstance(await client.ask(LIST), SessionList)


@pytest.mark.parametrize("path", ["/", "/gateway/", "/chat", "/gatewayx", "//gateway"])
async def test_a_wrong_path_is_told_where_the_gateway_is(gateway: RuntimeFile, path: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with WireClient(gateway.url.removesuffix("/gateway") + path):
            pytest.fail("the handshake succeeded")

    response = refused.value.response
    assert response.status_code == 404
    assert response.headers["Content-Type"].startswith("text/plain")
    assert b"/gateway" in (response.body or b"")


async def test_a_query_does_not_change_the_path(gateway: RuntimeFile) -> None:
    async with WireClient(gateway.url + "?a=b") as client:
        assert isinstance(await client.ask(LIST), SessionList)


async def test_a_page_in_a_browser_is_refused(gateway: RuntimeFile) -> None:
    client = WireClient(gateway.url, origin="http://evil.example")
    with pytest.raises(InvalidStatus) as refused:
        async with client:
            pytest.fail("the handshake succeeded")

    assert refused.value.response.status_code == 403


async def test_health_tells_who_runs_and_how_busy_it_is(
    gateway: RuntimeFile, client: WireClient
) -> None:
    await client.chat(ChatSend("m-1", "x"))

    state = await health(gateway)

    uptime = state.pop("uptime")
    assert isinstance(uptime, float)
    assert 0 < uptime < 60
    assert state == {
        "status": "ok",
        "version": VERSION,
        "pid": os.getpid(),
        "instance": gateway.instance,
        "connections": 1,
        "sessions": 1,
    }


async def test_nothing_is_sent_after_connect_and_pings_are_answered(client: WireClient) -> None:
    async with deadline():
        await (await client.socket.ping())  # whatever was sent before the pong is there by now

    assert len(client.socket.recv_messages.frames) == 0


async def test_the_largest_frame_is_accepted(client: WireClient) -> None:
    empty = len(encode(ChatSend("m-1", "")))
    content = "x" * (FRAME_LIMIT - empty)

    assert (await client.chat(ChatSend("m-1", content)))[1] == content


async def test_a_larger_frame_closes_only_its_own_connection(
    gateway: RuntimeFile, client: WireClient
) -> None:
    async with WireClient(gateway.url) as greedy:
        with suppress(ConnectionClosed):
            await greedy.send("x" * (FRAME_LIMIT + 1))
        assert await greedy.closed() == 1009

    assert (await client.chat(ChatSend("m-1", "still here")))[1] == "still here"


async def test_text_that_is_no_utf_8_closes_only_its_own_connection(
    gateway: RuntimeFile, client: WireClient
) -> None:
    async with silent(gateway) as raw:
        async with deadline():
            await asyncio.get_running_loop().sock_sendall(raw, frame(1, b"\xff"))
            answer = await asyncio.get_running_loop().sock_recv(raw, 100)
        assert struct.unpack("!H", answer[2:4]) == (1007,)

    assert (await client.chat(ChatSend("m-1", "still here")))[1] == "still here"


async def test_a_reader_that_does_not_read_delays_only_itself(
    gateway: RuntimeFile, client: WireClient
) -> None:
    async with silent(gateway) as raw:
        for number in range(MANY):
            send = encode(ChatSend(f"m-{number}", LONG)).encode()
            await asyncio.get_running_loop().sock_sendall(raw, frame(1, send))

        assert (await client.chat(ChatSend("m-1", "/count 500")))[1].endswith(" 500")
        await all_answered(client, MANY + 1)


async def test_a_reader_that_wakes_up_gets_the_whole_answer(gateway: RuntimeFile) -> None:
    async with WireClient(gateway.url) as sleepy, WireClient(gateway.url) as watcher:
        sleepy.socket.transport.pause_reading()
        texts = {f"m-{number}": "" for number in range(MANY)}
        for name in texts:
            await sleepy.send(ChatSend(name, LONG))
        await all_answered(watcher, MANY)
        sleepy.socket.transport.resume_reading()

        while any(text != LONG for text in texts.values()):
            match await sleepy.receive():
                case StreamDelta(request_id=name, delta=delta):
                    texts[name] += delta
                case _:
                    """A start or an end."""


async def test_a_client_that_never_reads_its_pongs_is_cut_off(
    gateway: RuntimeFile, client: WireClient
) -> None:
    pings = frame(9, b"x" * 125) * 500
    async with silent(gateway) as raw:
        with suppress(ConnectionResetError, BrokenPipeError):
            async with deadline(20):
                while True:
                    await asyncio.get_running_loop().sock_sendall(raw, pings)

    assert (await client.chat(ChatSend("m-1", "still here")))[1] == "still here"


async def test_bytes_that_are_no_http_disturb_nobody(
    gateway: RuntimeFile, client: WireClient
) -> None:
    for _ in range(20):
        reader, writer = await asyncio.open_connection(gateway.host, gateway.port)
        writer.write(secrets.token_bytes(2000) + b"\r\n\r\n")
        writer.write_eof()
        async with deadline():
            with suppress(ConnectionResetError):
                await reader.read()
        writer.close()
        with suppress(ConnectionResetError):
            await writer.wait_closed()

    assert (await client.chat(ChatSend("m-1", "still here")))[1] == "still here"
