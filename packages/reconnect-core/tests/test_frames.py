"""Frames that no gateway should send: none crashes a session."""

import asyncio

import pytest

from reconnect_core import (
    Cause,
    Failure,
    Phase,
    Received,
    Session,
    Unreadable,
    Waiting,
)
from reconnect_core.testing import until
from reconnect_core.testing.raw_gateway import (
    FRAME_LIMIT,
    Handshake,
    RawServer,
    close_frame,
    dial_once,
    frame,
    read_until_lost,
)

TEXT = '{"type":"hello"}'


FRAMES = {
    "no JSON": (frame(b"hello"), "hello"),
    "no object": (frame(b"[1,2]"), "[1,2]"),
    "binary": (frame(b"\x00\x01", opcode=0x82), b"\x00\x01"),
    "nested too deeply": (frame(b'{"a":' + b"[" * 4_000), '{"a":' + "[" * 4_000),
    "empty": (frame(b""), ""),
}


@pytest.mark.parametrize("name", FRAMES)
async def test_an_unreadable_frame_is_dropped_and_the_connection_goes_on(
    raw_server: RawServer, handshake: Handshake, name: str
) -> None:
    wire, content = FRAMES[name]

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await handshake(reader) + wire + frame(TEXT.encode()))
        await reader.read(1)  # of the close frame

    async with raw_server(answer) as server, Session(f"ws://{server}/") as session:
        unreadable = await until(session, Unreadable)
        assert unreadable.size == len(content)
        assert (await until(session, Received)).text == TEXT
        assert session.connection.phase is Phase.ONLINE


BREACHES = {
    "invalid UTF-8": frame(b'{"type":"\xff"}'),
    "reserved bits": frame(TEXT.encode(), opcode=0xF1),
    "unknown opcode": frame(TEXT.encode(), opcode=0x83),
    "masked": bytes([0x81, 0x82, 1, 2, 3, 4, 5, 6]),
    "continuation of nothing": frame(b"{}", opcode=0x80),
    "fragmented ping": frame(b"x", opcode=0x09),
    "close of one byte": frame(b"x", opcode=0x88),
    "close with a reserved code": close_frame(1005),
    "announces 2**63 bytes": bytes([0x81, 127]) + (2**62).to_bytes(8, "big"),
    "above the limit": frame(b"x" * (FRAME_LIMIT + 1)),
    "above the limit in fragments": (
        frame(b"x" * FRAME_LIMIT, opcode=0x01) + frame(b"x" * 2, opcode=0x80)
    ),
}


@pytest.mark.parametrize("name", BREACHES)
async def test_a_breach_of_the_protocol_loses_the_link_and_nothing_else(
    raw_server: RawServer, handshake: Handshake, name: str
) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await handshake(reader) + frame(TEXT.encode()) + BREACHES[name])
        await reader.read(6)  # of the close frame, if the client sends one

    async with raw_server(answer) as server:
        link = await dial_once(server)
        assert not isinstance(link, Failure)
        frames, failure = await read_until_lost(link)
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
async def test_a_close_is_reported_with_its_code_and_reason(
    raw_server: RawServer, handshake: Handshake, code: int
) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await handshake(reader) + close_frame(code, b"bye"))
        await reader.read(6)

    async with raw_server(answer) as server:
        link = await dial_once(server)
        assert not isinstance(link, Failure)
        _, failure = await read_until_lost(link)
    assert failure.code == code
    assert failure.detail == f"the gateway closed the connection ({code}: bye)"
