"""Frames that no gateway should send: none crashes a session."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager

import pytest

from reconnect_core import (
    Call,
    Cause,
    DialFailed,
    Failure,
    Link,
    LinkLost,
    Phase,
    Received,
    Session,
    Unreadable,
    Waiting,
)
from reconnect_core.io.websocket import dial
from reconnect_core.testing import deadline, until

RawServer = Callable[..., AbstractAsyncContextManager[str]]
Handshake = Callable[[asyncio.StreamReader], Awaitable[bytes]]

FRAME_LIMIT = 4_096
TEXT = '{"type":"hello"}'


def _frame(payload: bytes, *, opcode: int = 0x81) -> bytes:
    """Return an unmasked frame; `opcode` includes the FIN bit."""
    assert len(payload) < 2**16
    if len(payload) < 126:
        return bytes([opcode, len(payload)]) + payload
    return bytes([opcode, 126]) + len(payload).to_bytes(2, "big") + payload


def _close(code: int, reason: bytes = b"") -> bytes:
    return _frame(code.to_bytes(2, "big") + reason, opcode=0x88)


async def _dial(server: str, scheme: str = "ws") -> Failure | Link:
    url = f"{scheme}://{server}/gateway"
    async with deadline():
        try:
            return await dial(Call(url, offers=("tek.v1",), frame_limit=FRAME_LIMIT))
        except DialFailed as failed:
            return failed.failure


async def _loss(link: Link) -> tuple[list[str | bytes], Failure]:
    """Read `link` to its end."""
    frames: list[str | bytes] = []
    async with deadline():
        try:
            while True:
                frames.append(await link.receive())
        except LinkLost as lost:
            return frames, lost.failure


FRAMES = {
    "no JSON": (_frame(b"hello"), "hello"),
    "no object": (_frame(b"[1,2]"), "[1,2]"),
    "binary": (_frame(b"\x00\x01", opcode=0x82), b"\x00\x01"),
    "nested too deeply": (_frame(b'{"a":' + b"[" * 4_000), '{"a":' + "[" * 4_000),
    "empty": (_frame(b""), ""),
}


@pytest.mark.parametrize("name", FRAMES)
async def test_an_unreadable_frame_is_dropped_and_the_connection_goes_on(
    raw_server: RawServer, handshake: Handshake, name: str
) -> None:
    wire, content = FRAMES[name]

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await handshake(reader) + wire + _frame(TEXT.encode()))
        await reader.read(1)  # of the close frame

    async with raw_server(answer) as server, Session(f"ws://{server}/") as session:
        unreadable = await until(session, Unreadable)
        assert unreadable.size == len(content)
        assert (await until(session, Received)).text == TEXT
        assert session.connection.phase is Phase.ONLINE


BREACHES = {
    "invalid UTF-8": _frame(b'{"type":"\xff"}'),
    "reserved bits": _frame(TEXT.encode(), opcode=0xF1),
    "unknown opcode": _frame(TEXT.encode(), opcode=0x83),
    "masked": bytes([0x81, 0x82, 1, 2, 3, 4, 5, 6]),
    "continuation of nothing": _frame(b"{}", opcode=0x80),
    "fragmented ping": _frame(b"x", opcode=0x09),
    "close of one byte": _frame(b"x", opcode=0x88),
    "close with a reserved code": _close(1005),
    "announces 2**63 bytes": bytes([0x81, 127]) + (2**62).to_bytes(8, "big"),
    "above the limit": _frame(b"x" * (FRAME_LIMIT + 1)),
    "above the limit in fragments": (
        _frame(b"x" * FRAME_LIMIT, opcode=0x01) + _frame(b"x" * 2, opcode=0x80)
    ),
}


@pytest.mark.parametrize("name", BREACHES)
async def test_a_breach_of_the_protocol_loses_the_link_and_nothing_else(
    raw_server: RawServer, handshake: Handshake, name: str
) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await handshake(reader) + _frame(TEXT.encode()) + BREACHES[name])
        await reader.read(6)  # of the close frame, if the client sends one

    async with raw_server(answer) as server:
        link = await _dial(server)
        assert not isinstance(link, Failure)
        frames, failure = await _loss(link)
    assert frames == [TEXT]
    assert failure.cause is Cause.CLOSED
    assert failure.code != 1009, "a breach of theirs is not taken for one of ours"


async def test_frames_above_the_limit_at_every_connection_are_dialled_by_the_schedule(
    raw_server: RawServer, handshake: Handshake
) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await handshake(reader) + bytes([0x81, 127]) + (2**40).to_bytes(8, "big"))
        await reader.read(6)

    async with raw_server(answer) as server, Session(f"ws://{server}/") as session:
        waiting = await until(session, Waiting)
    assert waiting.delay >= 1
    assert "broke the protocol" in waiting.connection.reason


@pytest.mark.parametrize("code", [1000, 1001, 1009, 1011, 1012, 4401, 4999])
async def test_a_close_is_told_with_its_code_and_reason(
    raw_server: RawServer, handshake: Handshake, code: int
) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await handshake(reader) + _close(code, b"bye"))
        await reader.read(6)

    async with raw_server(answer) as server:
        link = await _dial(server)
        assert not isinstance(link, Failure)
        _, failure = await _loss(link)
    assert failure.code == code
    assert failure.detail == f"the gateway closed the connection ({code}: bye)"
