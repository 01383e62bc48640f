"""Closing from any state, in real time and over real sockets."""

import asyncio
from time import monotonic

import pytest

from reconnect_core import (
    Call,
    Heartbeat,
    LinkLost,
    Online,
    Phase,
    Received,
    Session,
    Uncertain,
    Waiting,
)
from reconnect_core.io.websocket import dial
from reconnect_core.testing import deadline, scaled, settle, until
from reconnect_core.testing.raw_gateway import (
    Handshake,
    RawServer,
    answering_gateway,
    never_answering,
    tasks_of_clients,
)


async def _close_in_time(session: Session) -> None:
    began = monotonic()
    await session.close()
    assert monotonic() - began < scaled(1)
    assert session.connection.phase is Phase.CLOSED
    assert not tasks_of_clients()


async def test_close_returns_in_time_while_online() -> None:
    async with answering_gateway() as url, Session(url) as session:
        await until(session, Online)
        await _close_in_time(session)


async def test_close_returns_in_time_while_waiting(raw_server: RawServer) -> None:
    async with raw_server(never_answering) as server:
        pass
    async with Session(f"ws://{server}/") as session:
        await until(session, Waiting)
        await _close_in_time(session)


async def test_close_returns_in_time_while_a_server_never_answers_the_handshake(
    raw_server: RawServer,
) -> None:
    heard = asyncio.Event()

    async def answer(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read(1)
        heard.set()
        await reader.read()

    async with raw_server(answer) as server, Session(f"ws://{server}/") as session, deadline():
        await heard.wait()
        await _close_in_time(session)


async def test_close_returns_in_time_while_a_server_never_answers_the_close(
    raw_server: RawServer, handshake: Handshake
) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await handshake(reader))
        await asyncio.Event().wait()

    async with raw_server(answer) as server, Session(f"ws://{server}/") as session:
        await until(session, Online)
        await _close_in_time(session)


async def test_close_returns_in_time_while_a_server_reads_nothing_and_the_buffers_are_full(
    raw_server: RawServer, handshake: Handshake
) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        whole = await handshake(reader)
        assert isinstance(writer.transport, asyncio.ReadTransport)
        writer.transport.pause_reading()
        writer.write(whole)
        await asyncio.Event().wait()

    async with raw_server(answer) as server, Session(f"ws://{server}/") as session:
        await until(session, Online)
        for _ in range(8):
            await session.send({"type": "note", "content": "x" * 1_000_000})
        await settle()
        assert session.connection.queued > 0
        await _close_in_time(session)


async def test_close_returns_in_time_while_a_tls_handshake_hangs(raw_server: RawServer) -> None:
    async with raw_server(never_answering) as server, Session(f"wss://{server}/") as session:
        await settle()
        await _close_in_time(session)


async def test_close_returns_in_time_while_a_provider_hangs() -> None:
    asked = asyncio.Event()

    async def provider() -> str:
        asked.set()
        await asyncio.Event().wait()
        return ""

    async with Session("ws://127.0.0.1:1/", token=provider) as session, deadline():
        await asked.wait()
        await _close_in_time(session)


async def test_close_returns_in_time_although_a_provider_swallows_the_cancellation() -> None:
    let_go, asked = asyncio.Event(), asyncio.Event()

    async def provider() -> str:
        asked.set()
        while not let_go.is_set():
            try:
                await let_go.wait()
            except asyncio.CancelledError:
                continue
        return "ws://127.0.0.1:1/"

    async with Session(provider) as session, deadline():
        await asked.wait()
        began = monotonic()
        await session.close()
        assert monotonic() - began < scaled(1)
        last = [type(each).__name__ async for each in session][-1]
        assert last == "Closed"
        let_go.set()
        await settle()
        assert not [each for each in asyncio.all_tasks() if each.get_name() == "reconnect-core"]
        assert session.connection.phase is Phase.CLOSED


async def test_unanswered_messages_are_reported_before_the_end(
    raw_server: RawServer, handshake: Handshake
) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await handshake(reader))
        await reader.read(1)
        writer.write(b"\x81\x02{}")
        await reader.read(1)

    async with raw_server(answer) as server, Session(f"ws://{server}/") as session:
        await session.send({"type": "note"})
        await until(session, Received)
        await session.close()
        kinds = [type(each).__name__ async for each in session]
    assert kinds == [Uncertain.__name__, "Closed"]


async def test_a_cancelled_block_closes_its_session() -> None:
    session = Session("ws://127.0.0.1:1/")
    inside = asyncio.Event()

    async def block() -> None:
        async with session:
            inside.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(block())
    async with deadline():
        await inside.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert session.connection.phase is Phase.CLOSED


async def test_a_link_answers_pings_until_it_is_lost() -> None:
    async with answering_gateway() as url, deadline():
        link = await dial(Call(url))
        await link.ping()
        await link.send("hello")
        link.abort()
        with pytest.raises(LinkLost):
            await link.ping()
        with pytest.raises(LinkLost):
            await link.send("hello")
        await link.close()


async def test_a_session_finds_a_server_that_stops_answering(
    raw_server: RawServer, handshake: Handshake
) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await handshake(reader))
        await asyncio.Event().wait()

    heartbeat = Heartbeat(busy=0.01, idle=0.02, timeout=0.05)
    async with raw_server(answer) as server, Session(f"ws://{server}/", heartbeat=heartbeat) as it:
        waiting = await until(it, Waiting)
    assert waiting.connection.reason == "the gateway did not answer for 0.05 s"
