"""What becomes of messages while links come and go."""

import asyncio
import json

import pytest

from reconnect_core import (
    Backoff,
    Closed,
    Connecting,
    Failed,
    Interrupted,
    Online,
    Phase,
    Queued,
    Received,
    Sent,
    Session,
    SessionLost,
    Uncertain,
    Unreadable,
    Waiting,
)
from reconnect_core.testing import (
    ASKING,
    REFUSED,
    FakeLink,
    FakeWorld,
    closed_with,
    settle,
    unread_events,
    until,
)

URL = "ws://127.0.0.1:3271/gateway"


def _says(kind: str, **fields: object) -> str:
    return json.dumps({"type": kind, **fields})


def _sent(link: FakeLink) -> list[dict[str, object]]:
    return [json.loads(each) for each in link.sent]


async def test_messages_sent_while_offline_go_out_in_order_after_the_reconnect() -> None:
    link = FakeLink()
    world = FakeWorld.of(REFUSED, link)
    async with Session(URL, dialect=ASKING, world=world) as session:
        for each in "abc":
            await session.send({"type": "note", "id": each})
        assert session.connection.queued == 3
        await world.advance(1)
        assert [each["id"] for each in _sent(link)] == ["a", "b", "c"]
        assert session.connection.queued == 0


async def test_the_session_is_sent_along_after_a_reconnect() -> None:
    first, second = FakeLink(), FakeLink()
    world = FakeWorld.of(first, second)
    async with Session(URL, dialect=ASKING, world=world) as session:
        await session.send({"type": "ask", "content": "hello"})
        await settle()
        assert "sessionId" not in _sent(first)[0]
        first.deliver(_says("session.created", sessionId="s-1"))
        first.deliver(_says("answer.end", requestId="m1"))
        await settle()
        assert session.session_id == session.connection.session_id == "s-1"
        first.lose()
        await session.send({"type": "ask", "content": "again"})
        await world.advance(1)
        assert _sent(second)[0]["sessionId"] == "s-1"


async def test_a_session_from_an_earlier_run_is_sent_along_from_the_start() -> None:
    link = FakeLink()
    async with Session(URL, dialect=ASKING, session_id="s-0", world=FakeWorld.of(link)) as session:
        await session.send({"type": "ask"})
        await settle()
        assert _sent(link)[0]["sessionId"] == "s-0"


async def test_a_lost_session_is_replaced_on_the_same_connection() -> None:
    link = FakeLink()
    async with Session(URL, dialect=ASKING, session_id="gone", world=FakeWorld.of(link)) as session:
        await session.send({"type": "ask"})
        await settle()
        link.deliver(_says("error", requestId="m1", code="SESSION_NOT_FOUND", message="no"))
        await until(session, SessionLost)
        await settle()
        assert [each.get("sessionId") for each in _sent(link)] == ["gone", None]


async def test_what_was_written_and_not_answered_is_uncertain_and_not_sent_again() -> None:
    first, second = FakeLink(), FakeLink()
    world = FakeWorld.of(first, second)
    async with Session(URL, dialect=ASKING, world=world) as session:
        await session.send({"type": "ask"})
        await settle()
        first.lose()
        await world.advance(1)
        assert session.connection.uncertain == 1
        assert second.sent == []
        session.resend("m1")
        await settle()
        assert [each["id"] for each in _sent(second)] == ["m1"]
        kinds = [type(each) for each in await unread_events(session)]
    assert kinds == [
        *(Queued, Connecting, Online, Sent, Uncertain, Waiting),
        *(Connecting, Online, Queued, Sent, Uncertain, Closed),
    ]


async def test_a_message_too_large_for_the_gateway_fails_and_the_others_are_sent() -> None:
    first, second = FakeLink(), FakeLink()
    world = FakeWorld.of(first, second)
    async with Session(URL, dialect=ASKING, world=world) as session:
        await session.send({"type": "ask", "content": "x" * 5_000})
        await settle()
        await session.send({"type": "ask", "content": "short"})
        first.lose(closed_with(1009))
        assert (await until(session, Failed)).id == "m1"
        await world.advance(1)
        assert [each["id"] for each in _sent(second)] == ["m2"]


async def test_what_arrived_before_the_connection_was_lost_is_not_lost_with_it() -> None:
    link = FakeLink()
    async with Session(URL, dialect=ASKING, world=FakeWorld.of(link)) as session:
        await session.send({"type": "ask"})
        await settle()
        for each in range(100):
            link.deliver(_says("answer.delta", requestId="m1", delta=f"{each} "))
        link.deliver(_says("answer.end", requestId="m1"))
        link.lose()
        await session.send({"type": "note"})
        await settle()
        events = await unread_events(session)
    assert sum(isinstance(each, Received) for each in events) == 101
    assert not any(isinstance(each, Interrupted | Uncertain) for each in events)


class _Deaf(FakeLink):
    """A link whose reader is never told of the loss: only the writer notices."""

    __slots__ = ()

    async def receive(self) -> str | bytes:
        if not self.aborted:
            await asyncio.Event().wait()
        return await FakeLink.receive(self)

    async def send(self, text: str) -> None:
        self.lose()
        await FakeLink.send(self, text)


async def test_what_arrived_is_taken_even_if_the_writer_is_first_to_see_the_loss() -> None:
    link = _Deaf()
    async with Session(URL, dialect=ASKING, world=FakeWorld.of(link)) as session:
        await settle()
        link.deliver(_says("answer.end", requestId="m1"))
        await session.send({"type": "ask"})
        await settle()
        kinds = [type(each) for each in await unread_events(session)]
    assert kinds[:6] == [Connecting, Online, Queued, Sent, *kinds[4:6]]
    assert Received in kinds
    assert Uncertain not in kinds
    assert Interrupted not in kinds


async def test_a_reader_who_never_reads_slows_the_link_and_loses_nothing() -> None:
    link = FakeLink()
    world = FakeWorld.of(link)
    async with Session(URL, dialect=ASKING, world=world) as session:
        await settle()
        link.deliver(*[_says("tick", number=each) for each in range(1_100)])
        for _ in range(40):
            await settle()
        link.answers = False
        await world.advance(600)  # the silence is ours, so that nobody suspects the gateway
        assert session.connection.phase is Phase.ONLINE
        numbers = [(await until(session, Received)).json()["number"] for _ in range(1_100)]
    assert numbers == list(range(1_100))


async def test_a_session_that_nobody_reads_still_reconnects_and_does_not_grow() -> None:
    world = FakeWorld()
    backoff = Backoff(base=1, cap=1, jitter=0)
    async with Session(URL, world=world, backoff=backoff) as session:
        await world.advance(600)
        assert len(world.dials) == 601
        assert len(await unread_events(session)) <= 1_026


@pytest.mark.parametrize(
    "frame",
    [
        "no json",
        "",
        "[]",
        "null",
        '"text"',
        "42",
        '{"type":',
        '{"a":' * 9 + "[" * 50_000,
        '{"type":5,"big":1e999}',
        '{"type":"\\ud800',
        b"\x00\xff",
        b'{"type":"answer.end"}',
    ],
)
async def test_a_frame_that_is_no_object_is_reported_and_dropped(frame: str | bytes) -> None:
    link = FakeLink()
    async with Session(URL, dialect=ASKING, world=FakeWorld.of(link)) as session:
        link.deliver(frame, _says("after"))
        unreadable = await until(session, Unreadable)
        assert unreadable.size == len(frame)
        assert unreadable.reason
        assert (await until(session, Received)).envelope.type == "after"


@pytest.mark.parametrize(
    "frame",
    ["{}", '{"type":5,"requestId":[],"sessionId":{}}', '{"requestId":null}', '{"x":1e999}'],
)
async def test_an_object_of_another_dialect_is_handed_on_as_it_is(frame: str) -> None:
    link = FakeLink()
    async with Session(URL, dialect=ASKING, world=FakeWorld.of(link)) as session:
        link.deliver(frame)
        received = await until(session, Received)
        assert received.text == frame
        assert session.session_id == ""


async def test_numbers_out_of_range_are_a_value_error_when_the_whole_message_is_read() -> None:
    link = FakeLink()
    async with Session(URL, dialect=ASKING, world=FakeWorld.of(link)) as session:
        link.deliver('{"x":1e999}')
        received = await until(session, Received)
        with pytest.raises(ValueError, match="out of range"):
            received.json()
