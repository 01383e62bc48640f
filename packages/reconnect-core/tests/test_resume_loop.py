"""Resume mode through the whole loop: its phases, the storage, waking up, and real sockets."""

import asyncio
import json
from collections.abc import Sequence
from contextlib import suppress

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from reconnect_core import (
    Accepted,
    Applied,
    Backoff,
    Change,
    Connecting,
    Contents,
    Event,
    MemoryStorage,
    MessageState,
    NotSaved,
    Online,
    Phase,
    Queued,
    Received,
    Resuming,
    Sent,
    Session,
    SessionOpened,
    Stored,
    Waiting,
)
from reconnect_core.io.suspend import jumped
from reconnect_core.testing import ASKING, FakeLink, FakeWorld, deadline, settle, until

URL = "ws://127.0.0.1:3271/gateway"
RESUME = "tek.resume.v1"


def _link() -> FakeLink:
    return FakeLink(subprotocol=RESUME)


def _resume(link: FakeLink, outcome: str = "new", head: int = 0) -> None:
    asked = json.loads(link.sent[-1])
    assert asked["type"] == "session.resume"
    told = {"type": "session.resumed", "requestId": asked["id"], "sessionId": "s"}
    link.deliver(json.dumps({**told, "outcome": outcome, "head": head}))


def _user(message_id: str, prev: int, seq: int) -> str:
    fields = {"type": "log.message", "role": "user", "id": message_id, "content": "x"}
    return json.dumps({**fields, "prev": prev, "seq": seq})


async def _told(session: Session) -> list[type[Event]]:
    await session.close()
    async with deadline():
        return [type(each) async for each in session]


# ---- Phases --------------------------------------------------------------------------------


async def test_a_session_is_online_when_its_replay_is_through_and_only_then_sends() -> None:
    link = _link()
    async with Session(URL, dialect=ASKING, session_id="s", world=FakeWorld.of(link)) as session:
        await session.send({"type": "ask", "id": "a"})
        await settle()
        assert (session.connection.phase, len(link.sent)) == (Phase.RESUMING, 1)
        _resume(link, "resumed", head=1)
        await settle()
        assert (session.connection.phase, len(link.sent)) == (Phase.RESUMING, 1)
        link.deliver('{"type":"tick","seq":1,"prev":0}')
        await settle()
        assert session.connection.phase is Phase.ONLINE
        link.deliver(_user("a", 1, 2))
        await settle()
        assert json.loads(link.sent[1]) == {"type": "ask", "id": "a"}
        kinds = await _told(session)
    assert [each.__name__ for each in kinds[1:]] == [
        *("Connecting", "Resuming", "Received", "Online", "Sent", "Accepted", "Received", "Closed")
    ]
    assert Resuming in kinds


async def test_a_gateway_that_never_resumes_is_left_after_ten_seconds() -> None:
    link = _link()
    world = FakeWorld.of(link)
    async with Session(URL, dialect=ASKING, world=world) as session:
        await world.advance(9.9)
        assert session.connection.phase is Phase.RESUMING
        await world.advance(0.1)
        waiting = await until(session, Waiting)
        assert waiting.connection.reason == "the session was not resumed within 10 s"
        assert link.aborted


async def test_what_was_not_acknowledged_is_sent_again() -> None:
    first, second = _link(), _link()
    world = FakeWorld.of(first, second)
    async with Session(URL, dialect=ASKING, world=world) as session:
        await settle()
        _resume(first)
        await session.send({"type": "ask", "id": "a"})
        await settle()
        first.lose()
        await world.advance(1)
        _resume(second, "resumed")
        await settle()
        assert [json.loads(each)["type"] for each in second.sent] == ["session.resume", "ask"]
        assert session.connection.uncertain == 0


async def test_a_gateway_that_goes_is_dialled_when_it_said() -> None:
    link = _link()
    world = FakeWorld.of(link)
    world.die = 0.5
    async with Session(URL, dialect=ASKING, world=world, backoff=Backoff(jitter=0)) as session:
        await settle()
        _resume(link)
        link.deliver('{"type":"gateway.goaway","retryAfterMs":5000,"spreadMs":4000}')
        await settle()
        link.lose()
        assert (await until(session, Waiting)).delay == 7
        assert Received not in await _told(session)


# ---- The storage ---------------------------------------------------------------------------


class _Slow(MemoryStorage):
    """Lets a test see what is committed, and when."""

    __slots__ = ("commits", "gate")

    def __init__(self) -> None:
        super().__init__()
        self.commits: list[Sequence[Change]] = []
        self.gate = asyncio.Event()

    async def commit(self, changes: Sequence[Change]) -> None:
        self.commits.append(changes)
        await self.gate.wait()
        await MemoryStorage.commit(self, changes)


class _Full(MemoryStorage):
    __slots__ = ()

    async def commit(self, changes: Sequence[Change]) -> None:
        message = f"no room for {len(changes)}"
        raise OSError(message)


class _Unreadable(MemoryStorage):
    __slots__ = ()

    def load(self, session_id: str) -> Contents:
        raise OSError(session_id or "unreadable")


async def test_a_message_is_kept_before_send_returns_and_before_it_is_written() -> None:
    storage, link = _Slow(), _link()
    async with Session(URL, dialect=ASKING, storage=storage, world=FakeWorld.of(link)) as session:
        sending = asyncio.create_task(session.send({"type": "ask", "id": "a"}))
        await settle()
        _resume(link)
        await settle()
        assert not sending.done()
        assert (len(storage.commits), len(link.sent)) == (1, 1)
        storage.gate.set()
        async with deadline():
            await sending
        await settle()
        assert (storage.session_id, len(link.sent)) == ("s", 2)
        assert storage.messages["a"].place is MessageState.SENT
        link.deliver(_user("a", 0, 1))
        await settle()
        assert (storage.cursor, storage.messages) == (1, {})
        assert isinstance(storage.commits[-1][0], Applied)


async def test_queued_is_published_only_after_the_message_is_stored() -> None:
    storage = _Slow()
    async with Session(URL, dialect=ASKING, storage=storage, world=FakeWorld()) as session:
        assert isinstance(await anext(session), Connecting)
        assert isinstance(await anext(session), Waiting)
        sending = asyncio.create_task(session.send({"type": "ask", "id": "a"}))
        telling = asyncio.ensure_future(anext(session))
        await settle()
        assert not telling.done()
        telling.cancel()  # an iteration that is left here, and taken up again, misses nothing
        telling = asyncio.ensure_future(anext(session))
        await settle()
        assert not telling.done()
        storage.gate.set()
        async with deadline():
            assert isinstance(await telling, Queued)
            await sending


async def test_a_session_goes_on_where_an_earlier_process_ended() -> None:
    storage, link = MemoryStorage("s", 7), _link()
    await storage.commit(
        [
            Stored("c", '{"id":"c"}', MessageState.FAILED, 3, "too large"),
            Stored("b", '{"id":"b"}', MessageState.QUEUED, 2),
            Stored("a", '{"id":"a"}', MessageState.SENT, 1),
            Stored("d", '{"id":"d"}', MessageState.UNCERTAIN, 4),
        ]
    )
    async with Session(URL, dialect=ASKING, storage=storage, world=FakeWorld.of(link)) as session:
        await settle()
        assert json.loads(link.sent[0])["cursor"] == 7
        _resume(link, "resumed", head=7)
        await settle()
        assert link.sent[1:] == ['{"id":"a"}', '{"id":"b"}']
        kinds = [each.__name__ for each in await _told(session)]
    assert kinds[:7] == ["Queued", "Sent", "Queued", "Queued", "Failed", "Queued", "Uncertain"]


@pytest.mark.parametrize("kind", [_Full, _Unreadable])
async def test_a_failing_storage_is_reported_once_and_the_session_continues(
    kind: type[MemoryStorage],
) -> None:
    link = _link()
    async with Session(URL, dialect=ASKING, storage=kind(), world=FakeWorld.of(link)) as session:
        await session.send({"type": "ask", "id": "a"})
        await settle()
        _resume(link)
        await settle()
        link.deliver(_user("a", 0, 1))
        await settle()
        kinds = await _told(session)
    assert kinds.count(NotSaved) == 1
    assert {Queued, Sent, Accepted, SessionOpened} <= set(kinds)


async def test_closing_waits_for_no_storage_that_hangs() -> None:
    async with Session(URL, dialect=ASKING, storage=_Slow(), world=FakeWorld()) as session:
        sending = asyncio.create_task(session.send({"id": "a"}))
        await settle()
        async with deadline(1):
            await session.close()
        await sending


# ---- Waking up -----------------------------------------------------------------------------


async def test_waking_up_ends_a_wait_at_once() -> None:
    world = FakeWorld()
    async with Session(URL, dialect=ASKING, world=world):
        await world.advance(40)
        before = len(world.dials)
        await world.nap(3_600)
        assert len(world.dials) == before + 1


@pytest.mark.parametrize("answers", [True, False])
async def test_a_link_is_probed_as_soon_as_the_machine_is_awake(*, answers: bool) -> None:
    link = FakeLink(answers=answers)
    world = FakeWorld.of(link)
    async with Session(URL, dialect=ASKING, world=world) as session:
        await settle()
        await world.nap(3_600)
        await world.advance(2)
        assert link.pings == 1
        assert session.connection.phase is (Phase.ONLINE if answers else Phase.WAITING)
        assert link.aborted is not answers


@pytest.mark.parametrize(("seconds", "is_jump"), [(5.0, False), (5.1, True), (-60.0, False)])
async def test_only_a_jump_ahead_is_a_sleep(seconds: float, *, is_jump: bool) -> None:
    world = FakeWorld()
    watching = asyncio.create_task(jumped(world.time, world.monotonic, world.sleep))
    await world.advance(30)
    assert not watching.done()
    world.ahead += seconds
    await world.advance(0.5)
    assert watching.done() is is_jump
    watching.cancel()
    await asyncio.wait({watching})


# ---- Real sockets --------------------------------------------------------------------------


@pytest.mark.parametrize("echoes", [True, False])
async def test_a_gateway_that_does_not_know_resumption_gets_plain_mode(*, echoes: bool) -> None:
    offered: list[Sequence[Subprotocol]] = []
    heard: list[str] = []

    def choose(_: ServerConnection, offers: Sequence[Subprotocol]) -> Subprotocol | None:
        offered.append(offers)
        return offers[0] if echoes else None

    async def handle(connection: ServerConnection) -> None:
        async for frame in connection:
            heard.append(str(frame))
            await connection.send('{"type":"answer.end","requestId":"a"}')

    async with serve(handle, "127.0.0.1", 0, select_subprotocol=choose) as server:
        port = server.sockets[0].getsockname()[1]
        async with Session(f"ws://127.0.0.1:{port}/", dialect=ASKING) as session:
            await session.send({"type": "ask", "id": "a"})
            await until(session, Accepted)
    assert [list(each) for each in offered] == [["tek.v1", RESUME]]
    assert heard == ['{"type":"ask","id":"a"}']


async def test_a_small_gateway_loses_nothing_although_it_breaks_every_connection() -> None:
    log: list[str] = []

    async def handle(connection: ServerConnection) -> None:
        asked = json.loads(await connection.recv())
        told = {"type": "session.resumed", "requestId": asked["id"], "sessionId": "s"}
        outcome = "resumed" if asked["sessionId"] else "new"
        await connection.send(json.dumps({**told, "outcome": outcome, "head": len(log)}))
        for place in range(asked["cursor"], len(log)):
            await connection.send(_user(log[place], place, place + 1))
        with suppress(ConnectionClosed):
            message = json.loads(await connection.recv())
            if message["id"] not in log:
                log.append(message["id"])
            connection.transport.abort()  # accepted, and the acknowledgement never sent

    backoff = Backoff(base=0.001, cap=0.001)
    accepted: list[str] = []
    async with serve(handle, "127.0.0.1", 0, subprotocols=[Subprotocol(RESUME)]) as server:
        port = server.sockets[0].getsockname()[1]
        async with Session(f"ws://127.0.0.1:{port}/", dialect=ASKING, backoff=backoff) as session:
            sent = [await session.send({"type": "ask", "id": f"{each}"}) for each in range(9)]
            while len(accepted) < 9:
                accepted.append((await until(session, Accepted)).id)
            if session.connection.phase is not Phase.ONLINE:
                await until(session, Online)
    assert sent == log == accepted
