"""Dead peers are found in time, and living ones left in peace."""

import asyncio
import json

import pytest

from reconnect_core import (
    Heartbeat,
    Phase,
    Session,
    Waiting,
)
from reconnect_core.testing import ASKING, FakeLink, FakeWorld, settle, until

URL = "ws://127.0.0.1:3271/gateway"


def _says(kind: str, **fields: object) -> str:
    return json.dumps({"type": kind, **fields})


@pytest.mark.parametrize("silent_since", [0.0, 0.1, 2.4, 2.5, 2.6, 4.9, 5.0, 6.4])
async def test_a_dead_peer_is_found_within_ten_seconds_while_an_answer_is_due(
    silent_since: float,
) -> None:
    link = FakeLink(answers=False)
    world = FakeWorld.of(link)
    async with Session(URL, dialect=ASKING, world=world) as session:
        await settle()
        await session.send({"type": "ask"})
        await world.advance(silent_since)
        link.deliver(_says("answer.start", requestId="m1"))
        await world.advance(10)
        assert session.connection.phase is not Phase.ONLINE
        assert (await until(session, Waiting)).connection.reason.startswith("the gateway did not")
        assert link.aborted


async def test_an_idle_dead_peer_is_found_by_the_keepalive() -> None:
    link = FakeLink(answers=False)
    world = FakeWorld.of(link)
    async with Session(URL, dialect=ASKING, world=world) as session:
        await world.advance(19)
        assert session.connection.phase is Phase.ONLINE
        assert link.pings == 0
        await world.advance(8)
        assert session.connection.phase is Phase.WAITING


async def test_a_peer_that_answers_pings_is_left_in_peace() -> None:
    link = FakeLink()
    world = FakeWorld.of(link)
    async with Session(URL, dialect=ASKING, world=world) as session:
        await world.advance(3_600)
        assert session.connection.phase is Phase.ONLINE
    assert 160 <= link.pings <= 180


async def test_a_peer_that_talks_is_alive_even_if_its_pong_is_late() -> None:
    link = FakeLink(answers=False)
    world = FakeWorld.of(link)
    heartbeat = Heartbeat(busy=2, idle=4, timeout=4)
    async with Session(URL, dialect=ASKING, world=world, heartbeat=heartbeat) as session:
        await world.advance(5)
        for _ in range(20):
            link.deliver(_says("tick"))
            await world.advance(3)
        assert session.connection.phase is Phase.ONLINE
        await world.advance(10)
        assert session.connection.phase is Phase.WAITING


async def test_a_pending_request_counts_as_an_answer_that_is_due() -> None:
    link = FakeLink(answers=False)
    world = FakeWorld.of(link)
    async with Session(URL, dialect=ASKING, world=world) as session:
        request = asyncio.create_task(session.request({"type": "session.list"}))
        await world.advance(10)
        assert session.connection.phase is not Phase.ONLINE
        request.cancel()
        await asyncio.wait({request})


async def test_a_peer_that_has_closed_in_words_only_is_cut_off() -> None:
    link = FakeLink()
    world = FakeWorld.of(link)
    async with Session(URL, dialect=ASKING, world=world) as session:
        await settle()
        link.is_open = False
        await world.advance(2.5)
        assert link.aborted
        assert session.connection.phase is Phase.WAITING
