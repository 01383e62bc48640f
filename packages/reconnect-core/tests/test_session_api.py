"""The session as a caller uses and misuses it."""

import asyncio
import json

import pytest

from reconnect_core import (
    Closed,
    Connecting,
    Discarded,
    Event,
    IdInUse,
    Limits,
    MessageTooLarge,
    NotOnline,
    Online,
    OutboxFull,
    Phase,
    Queued,
    Received,
    ReconnectError,
    RequestFailed,
    RequestRefused,
    RequestTimeout,
    Session,
    SessionClosed,
    SessionOpened,
)
from reconnect_core.testing import FakeLink, FakeWorld, deadline, settle, until

URL = "ws://127.0.0.1:3271/gateway"
ASK = {"type": "session.list"}


def _answer(request: str, **fields: object) -> str:
    return json.dumps({"type": "session.list", "requestId": request, **fields})


async def _rest(session: Session) -> list[Event]:
    async with deadline():
        return [event async for event in session]


# ---- From the first to the last event --------------------------------------------------------


def test_a_session_is_made_without_a_running_loop_and_knows_its_gateway() -> None:
    session = Session(URL, session_id="s-1")
    assert session.connection.phase is Phase.IDLE
    assert session.connection.gateway == "127.0.0.1:3271"
    assert session.connection.session_id == session.session_id == "s-1"
    assert session.connection.since > 0


async def test_a_message_sent_before_the_session_is_entered_waits() -> None:
    link = FakeLink()
    session = Session(URL, world=FakeWorld.of(link))
    assert await session.send({"type": "note"}) == "m1"
    assert session.connection.queued == 1
    async with session:
        await settle()
        assert len(link.sent) == 1


async def test_a_request_before_the_session_is_entered_waits_for_its_time() -> None:
    session = Session(URL, world=FakeWorld())
    with pytest.raises(RequestTimeout):
        await session.request(ASK, seconds=0.001)


async def test_a_session_that_is_left_at_once_still_ends_its_iteration() -> None:
    async with Session(URL, world=FakeWorld()) as session:
        pass
    kinds = [type(each) for each in await _rest(session)]
    assert kinds[-1:] == [Closed]
    assert session.connection.phase is Phase.CLOSED


async def test_a_session_that_was_never_entered_can_be_closed() -> None:
    session = Session(URL, world=FakeWorld())
    asking = asyncio.create_task(session.request(ASK))
    await settle()
    await session.close()
    await session.close()
    assert [type(each) for each in await _rest(session)] == [Closed]
    with pytest.raises(SessionClosed):
        await asking
    with pytest.raises(RuntimeError, match="entered only once"):
        await session.__aenter__()


async def test_a_session_is_entered_once() -> None:
    world = FakeWorld()
    async with Session(URL, world=world) as session:
        with pytest.raises(RuntimeError, match="entered only once"):
            await session.__aenter__()
        await settle()
    assert len(world.dials) == 1
    with pytest.raises(RuntimeError, match="entered only once"):
        await session.__aenter__()


async def test_a_closed_session_takes_nothing_more() -> None:
    async with Session(URL, world=FakeWorld()) as session:
        await session.send({"type": "note"})
    for act in (
        lambda: session.send({"type": "note"}),
        lambda: session.request(ASK),
    ):
        with pytest.raises(SessionClosed):
            await act()
    with pytest.raises(SessionClosed):
        session.resend("m1")
    with pytest.raises(SessionClosed):
        session.discard("m1")
    session.retry_now()
    events = await _rest(session)
    assert isinstance(events[-1], Closed)


async def test_two_closes_at_once_both_return_and_closed_is_published_once() -> None:
    world = FakeWorld.of(FakeLink(answers=False))
    async with Session(URL, world=world) as session:
        await until(session, Online)
        async with deadline(2):
            await asyncio.gather(session.close(), session.close())
        assert [type(each) for each in await _rest(session)] == [Closed]


async def test_a_close_that_is_cancelled_has_still_closed() -> None:
    link = FakeLink(answers=False)
    async with Session(URL, world=FakeWorld.of(link)) as session:
        await until(session, Online)
        closing = asyncio.create_task(session.close())
        await settle()
        closing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await closing
        assert [type(each) for each in await _rest(session)] == [Closed]
        assert link.aborted


async def test_a_provider_may_close_the_session_that_asks_it() -> None:
    async def provider() -> str:
        await session.close()
        return URL

    session = Session(provider, world=FakeWorld())
    async with session, deadline():
        kinds = [type(each) async for each in session]
    assert kinds == [Connecting, Closed]


async def test_a_link_that_is_lost_while_it_is_closed_is_no_error() -> None:
    link = FakeLink()
    async with Session(URL, world=FakeWorld.of(link)) as session:
        await until(session, Online)
        link.answers = False
        closing = asyncio.create_task(session.close())
        await settle()
        link.lose()
        async with deadline():
            await closing


async def test_a_cancelled_supervisor_ends_the_iteration() -> None:
    async with Session(URL, world=FakeWorld.of(FakeLink())) as session:
        await until(session, Online)
        (supervisor,) = (
            each for each in asyncio.all_tasks() if each.get_name() == "reconnect-core"
        )
        supervisor.cancel()
        assert [type(each) for each in await _rest(session)] == [Closed]


async def test_waiting_for_an_event_after_the_last_one_is_told_as_such() -> None:
    async with Session(URL, world=FakeWorld()) as session:
        pass
    with pytest.raises(AssertionError, match="without Received"):
        await until(session, Received)


# ---- Iterating -------------------------------------------------------------------------------


async def test_an_iteration_may_be_left_and_taken_up_again() -> None:
    link = FakeLink()
    async with Session(URL, world=FakeWorld.of(link)) as session:
        link.deliver(*[_answer(f"{each}") for each in range(4)])
        seen: list[str | None] = []
        for _ in range(2):
            async for event in session:
                if isinstance(event, Received):
                    seen.append(event.envelope.request_id)
                    if len(seen) % 2 == 0:
                        break
    assert seen == ["0", "1", "2", "3"]


async def test_an_iteration_after_the_end_ends_at_once() -> None:
    async with Session(URL, world=FakeWorld()) as session:
        await session.close()
        await _rest(session)
        assert await _rest(session) == []


async def test_two_iterations_share_the_events_and_both_end() -> None:
    async with Session(URL, world=FakeWorld.of(FakeLink())) as session:
        both = [asyncio.create_task(_rest(session)) for _ in range(2)]
        await settle()
        await session.close()
        first, second = await asyncio.gather(*both)
    assert sorted(type(each).__name__ for each in first + second) == [
        *("Closed", "Connecting", "Online")
    ]


async def test_a_cancelled_iteration_loses_no_event() -> None:
    link = FakeLink()
    async with Session(URL, world=FakeWorld.of(link)) as session:
        await until(session, Online)
        waiting = asyncio.create_task(until(session, Received))
        await settle()
        link.deliver(_answer("1"))
        waiting.cancel()
        await asyncio.wait({waiting})
        assert (await until(session, Received)).envelope.request_id == "1"


# ---- Sending ---------------------------------------------------------------------------------


async def test_a_message_keeps_its_own_id_and_gets_one_where_it_has_none() -> None:
    async with Session(URL, world=FakeWorld()) as session:
        assert await session.send({"type": "note", "id": "mine"}) == "mine"
        assert await session.send({"type": "note", "id": ""}) == "m1"
        assert await session.send({"type": "note", "id": 5}) == "m2"


async def test_the_id_of_a_pending_message_or_request_is_refused() -> None:
    async with Session(URL, world=FakeWorld.of(FakeLink())) as session:
        await session.send({"type": "note", "id": "a"})
        with pytest.raises(IdInUse) as caught:
            await session.send({"type": "note", "id": "a"})
        assert caught.value.id == "a"
        with pytest.raises(IdInUse):
            await session.request({**ASK, "id": "a"})
        asking = asyncio.create_task(session.request({**ASK, "id": "b"}))
        await settle()
        for act in (lambda: session.send({"id": "b"}), lambda: session.request({"id": "b"})):
            with pytest.raises(IdInUse):
                await act()
        asking.cancel()
        await asyncio.wait({asking})
        assert await session.send({"type": "note", "id": "b"}) == "b"


async def test_limits_are_enforced_with_errors_that_share_a_root() -> None:
    limits = Limits(frame_bytes=4_000, outbox_messages=1)
    async with Session(URL, world=FakeWorld(), limits=limits) as session:
        with pytest.raises(MessageTooLarge):
            await session.send({"content": "x" * 4_000})
        with pytest.raises(MessageTooLarge):
            await session.request({"content": "x" * 4_000})
        await session.send({"content": "x"})
        with pytest.raises(OutboxFull) as caught:
            await session.send({"content": "x"})
        assert isinstance(caught.value, ReconnectError)


async def test_a_queued_message_may_be_discarded_and_an_unknown_one_is_a_key_error() -> None:
    async with Session(URL, world=FakeWorld()) as session:
        await session.send({"id": "a"})
        session.discard("a")
        for act in (session.discard, session.resend):
            with pytest.raises(KeyError):
                act("a")
        await session.close()
        kinds = [type(each) for each in await _rest(session)]
    assert [each for each in kinds if each in {Queued, Discarded}] == [Queued, Discarded]


# ---- Asking ----------------------------------------------------------------------------------


async def test_an_answer_is_returned_and_is_no_event() -> None:
    link = FakeLink()
    async with Session(URL, world=FakeWorld.of(link)) as session:
        asking = asyncio.create_task(session.request(ASK))
        await settle()
        assert json.loads(link.sent[0]) == {**ASK, "id": "m1"}
        link.deliver(_answer("m1", sessions=[]))
        async with deadline():
            answer = await asking
        assert answer.json()["sessions"] == []
        await session.close()
        assert not any(isinstance(each, Received) for each in await _rest(session))


async def test_a_session_id_is_picked_out_of_an_answer_too() -> None:
    link = FakeLink()
    async with Session(URL, world=FakeWorld.of(link)) as session:
        asking = asyncio.create_task(session.request({"type": "session.make"}))
        await settle()
        link.deliver(_answer("m1", sessionId="s-1"))
        await asking
        assert session.session_id == "s-1"
        assert (await until(session, SessionOpened)).session_id == "s-1"


async def test_a_question_is_written_again_after_a_reconnect() -> None:
    first, second = FakeLink(), FakeLink()
    world = FakeWorld.of(first, second)
    async with Session(URL, world=world) as session:
        asking = asyncio.create_task(session.request(ASK))
        await settle()
        first.lose()
        await world.advance(1)
        assert first.sent == second.sent
        second.deliver(_answer("m1"))
        async with deadline():
            assert (await asking).envelope.request_id == "m1"


async def test_a_refused_request_raises_what_the_gateway_said() -> None:
    link = FakeLink()
    async with Session(URL, world=FakeWorld.of(link)) as session:
        asking = asyncio.create_task(session.request(ASK))
        await settle()
        link.deliver('{"type":"error","requestId":"m1","code":"NO","message":"not today"}')
        with pytest.raises(RequestRefused, match="not today") as caught:
            await asking
        assert isinstance(caught.value, RequestFailed)


async def test_a_request_that_is_cancelled_is_forgotten_and_its_answer_is_an_event() -> None:
    link = FakeLink()
    async with Session(URL, world=FakeWorld.of(link)) as session:
        asking = asyncio.create_task(session.request(ASK))
        await settle()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        link.deliver(_answer("m1"))
        assert (await until(session, Received)).envelope.request_id == "m1"


async def test_closing_ends_a_pending_request() -> None:
    async with Session(URL, world=FakeWorld()) as session:
        asking = asyncio.create_task(session.request(ASK))
        await settle()
    with pytest.raises(SessionClosed):
        await asking


# ---- Signals ---------------------------------------------------------------------------------

SIGNAL = {"type": "note"}


async def test_a_signal_is_written_once_before_the_outbox_and_awaits_nothing() -> None:
    link, later = FakeLink(), FakeLink()
    world = FakeWorld.of(link, later)
    async with Session(URL, world=world, session_id="s") as session:
        await until(session, Online)
        await session.send({"type": "note", "id": "queued"})
        assert session.signal({"type": "note", "id": "signal"}) == "signal"
        await settle()
        assert [json.loads(each)["id"] for each in link.sent] == ["signal", "queued"]
        assert "sessionId" not in json.loads(link.sent[0])
        link.lose()
        await world.advance(2)
        assert later.sent == []
    told = await _rest(session)
    assert not any(getattr(each, "id", "") == "signal" for each in told)


async def test_a_signal_without_a_connection_is_not_taken() -> None:
    session = Session(URL, world=FakeWorld.of())
    with pytest.raises(NotOnline, match="no connection"):
        session.signal(SIGNAL)


async def test_a_signal_is_not_kept_for_the_next_connection() -> None:
    link, later = FakeLink(), FakeLink()
    world = FakeWorld.of(link, later)
    async with Session(URL, world=world) as session:
        await until(session, Online)
        link.lose()
        session.signal(SIGNAL)
        await world.advance(2)
        assert session.connection.phase is Phase.ONLINE
        assert (link.sent, later.sent) == ([], [])


async def test_a_signal_has_the_limits_of_a_frame_and_of_patience() -> None:
    async with Session(URL, world=FakeWorld.of(FakeLink())) as session:
        await until(session, Online)
        with pytest.raises(MessageTooLarge):
            session.signal({"type": "note", "content": "x" * Limits().frame_bytes})
        for _ in range(256):
            session.signal(SIGNAL)
        with pytest.raises(OutboxFull):
            session.signal(SIGNAL)


async def test_a_closed_session_takes_no_signal() -> None:
    session = Session(URL, world=FakeWorld.of())
    await session.close()
    with pytest.raises(SessionClosed):
        session.signal(SIGNAL)
