"""A gateway with message types of its own, over real sockets: nothing here is about chat."""

import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.typing import Subprotocol

from reconnect_core import Accepted, Dialect, Interrupted, Received, Session, Uncertain
from reconnect_core.testing import until

WEATHER = Dialect(
    turns=frozenset({"forecast"}),
    endings=frozenset({"forecast.done"}),
    acknowledges="stored",
)

Handler = Callable[[ServerConnection], Awaitable[None]]


@asynccontextmanager
async def _gateway(handle: Handler, *subprotocols: str) -> AsyncGenerator[str]:
    known = [Subprotocol(each) for each in subprotocols]
    async with serve(handle, "127.0.0.1", 0, subprotocols=known or None) as server:
        yield f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/"


async def _answers(connection: ServerConnection, kind: str, request: str) -> None:
    await connection.send(json.dumps({"type": kind, "requestId": request}))


async def test_a_turn_of_any_name_waits_for_the_end_of_the_one_before() -> None:
    arrived: list[str] = []
    before_the_end: list[str] = []

    async def handle(connection: ServerConnection) -> None:
        async for frame in connection:
            message = json.loads(frame)
            arrived.append(message["id"])
            if message["type"] == "ping":
                await _answers(connection, "forecast.part", "first")
                before_the_end.extend(arrived)
                await _answers(connection, "forecast.done", "first")
            elif message["id"] == "second":
                await _answers(connection, "forecast.done", "second")

    async with _gateway(handle) as url, Session(url, dialect=WEATHER) as session:
        await session.send({"type": "forecast", "id": "first"})
        await session.send({"type": "forecast", "id": "second"})
        await session.send({"type": "ping", "id": "ping"})
        while (await until(session, Accepted)).id != "second":
            pass
    assert before_the_end == ["first", "ping"]
    assert arrived == ["first", "ping", "second"]


async def test_without_a_dialect_every_message_is_sent_at_once() -> None:
    async def handle(connection: ServerConnection) -> None:
        first, second = [json.loads(await connection.recv())["id"] for _ in range(2)]
        await _answers(connection, "noted", second)
        await _answers(connection, "noted", first)
        await connection.wait_closed()

    async with _gateway(handle) as url, Session(url) as session:
        await session.send({"type": "forecast", "id": "first"})
        await session.send({"type": "forecast", "id": "second"})
        assert [(await until(session, Accepted)).id for _ in range(2)] == ["second", "first"]


async def test_a_turn_of_any_name_is_interrupted_by_a_lost_connection() -> None:
    async def handle(connection: ServerConnection) -> None:
        if json.loads(await connection.recv())["id"] == "first":
            await _answers(connection, "forecast.part", "first")
        connection.transport.abort()

    async with _gateway(handle) as url, Session(url, dialect=WEATHER) as session:
        await session.send({"type": "forecast", "id": "first"})
        assert (await until(session, Interrupted)).id == "first"
        await session.send({"type": "forecast", "id": "second"})
        assert (await until(session, Uncertain)).id == "second"


@pytest.mark.parametrize("dialect", [WEATHER, Dialect()], ids=["named", "neutral"])
async def test_an_entry_of_the_log_acknowledges_a_message_by_its_id(dialect: Dialect) -> None:
    """With the neutral dialect an entry of any type does."""

    async def handle(connection: ServerConnection) -> None:
        asked = json.loads(await connection.recv())
        told = {"requestId": asked["id"], "sessionId": "s", "outcome": "new", "head": 0}
        await connection.send(json.dumps({"type": "session.resumed", **told}))
        message_id = json.loads(await connection.recv())["id"]
        entries = ({"type": "tick"}, {"type": "stored", "id": message_id})
        for place, entry in enumerate(entries):
            await connection.send(json.dumps({**entry, "seq": place + 1, "prev": place}))
        await connection.wait_closed()

    async with _gateway(handle, "tek.resume.v1") as url, Session(url, dialect=dialect) as session:
        await session.send({"type": "forecast", "id": "first"})
        assert (await until(session, Received)).envelope.type == "tick"
        assert (await until(session, Accepted)).id == "first"


async def test_with_a_dialect_an_entry_of_another_type_acknowledges_nothing() -> None:
    async def handle(connection: ServerConnection) -> None:
        asked = json.loads(await connection.recv())
        told = {"requestId": asked["id"], "sessionId": "s", "outcome": "new", "head": 0}
        await connection.send(json.dumps({"type": "session.resumed", **told}))
        message_id = json.loads(await connection.recv())["id"]
        entry = {"type": "tick", "id": message_id, "seq": 1, "prev": 0}
        await connection.send(json.dumps(entry))
        await connection.wait_closed()

    async with _gateway(handle, "tek.resume.v1") as url, Session(url, dialect=WEATHER) as session:
        await session.send({"type": "forecast", "id": "first"})
        await until(session, Received)
        assert session.connection.queued == 0
        await session.close()
        assert not [each async for each in session if isinstance(each, Accepted)]
