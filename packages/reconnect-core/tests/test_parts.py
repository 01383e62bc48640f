"""The small parts of the loop: race, queue, requests, heartbeat."""

import asyncio
import math
from dataclasses import dataclass, field

import pytest

from reconnect_core import (
    Connecting,
    Connection,
    Event,
    Heartbeat,
    IdInUse,
    MessageTooLarge,
    Received,
    RequestRefused,
    RequestTimeout,
    Sent,
    SessionClosed,
    Waiting,
)
from reconnect_core.io.event_queue import EventQueue
from reconnect_core.io.race import race
from reconnect_core.io.requests import Requests
from reconnect_core.testing import deadline, settle
from tek_protocol import Envelope

# ---- Race ------------------------------------------------------------------------------------


@dataclass
class _Runner:
    """Ends at once, fails at once, or runs until it is ended."""

    error: Exception | None = None
    ended: list[str] = field(default_factory=list)

    async def quick(self) -> None:
        if self.error is not None:
            raise self.error

    async def slow(self) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            self.ended.append("slow")


async def test_a_race_names_the_first_to_end_and_ends_the_others() -> None:
    runner = _Runner()
    assert await race(runner.slow(), runner.quick(), runner.slow()) == 1
    assert runner.ended == ["slow", "slow"]


async def test_a_race_raises_the_error_of_the_first() -> None:
    runner = _Runner(OSError("lost"))
    with pytest.raises(OSError, match="lost"):
        await race(runner.slow(), runner.quick())
    assert runner.ended == ["slow"]


async def test_two_errors_at_once_are_one_and_the_log_stays_quiet() -> None:
    with pytest.raises(OSError, match="first"):
        await race(_Runner(OSError("first")).quick(), _Runner(OSError("second")).quick())


async def test_a_cancelled_race_ends_its_runners_before_it_passes_the_cancellation_on() -> None:
    runner = _Runner()
    task = asyncio.create_task(race(runner.slow(), runner.slow()))
    await settle()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert runner.ended == ["slow", "slow"]


# ---- Event queue -----------------------------------------------------------------------------

CONNECTING = Connecting(Connection())
WAITING = Waiting(Connection(), 1.0)


async def _drain(queue: EventQueue) -> list[Event]:
    queue.close()
    events: list[Event] = []
    while (event := await queue.take()) is not None:
        events.append(event)
    return events


async def test_events_are_taken_in_order() -> None:
    queue = EventQueue(10)
    for each in "abc":
        queue.put(Sent(each))
    assert await _drain(queue) == [Sent("a"), Sent("b"), Sent("c")]


async def test_a_full_queue_keeps_only_the_last_of_several_phases() -> None:
    queue = EventQueue(2)
    for each in (Sent("a"), CONNECTING, WAITING, CONNECTING, WAITING):
        queue.put(each)
    assert await _drain(queue) == [Sent("a"), WAITING]


async def test_a_full_queue_never_drops_what_is_no_phase() -> None:
    queue = EventQueue(1)
    for each in (WAITING, Sent("a"), CONNECTING, Sent("b")):
        queue.put(each)
    assert await _drain(queue) == [WAITING, Sent("a"), CONNECTING, Sent("b")]


async def test_the_filler_waits_for_room() -> None:
    queue = EventQueue(2)
    queue.put(Sent("a"))
    await queue.room()
    queue.put(Sent("b"))
    waiter = asyncio.create_task(queue.room())
    await settle()
    assert queue.is_full
    assert not waiter.done()
    assert await queue.take() == Sent("a")
    async with deadline():
        await waiter


async def test_a_cancelled_take_loses_no_event() -> None:
    queue = EventQueue(2)
    taker = asyncio.create_task(queue.take())
    await settle()
    queue.put(Sent("a"))
    taker.cancel()
    await asyncio.wait({taker})
    assert await _drain(queue) == [Sent("a")]


async def test_a_closed_queue_ends_for_every_taker_and_takes_nothing_more() -> None:
    queue = EventQueue(2)
    takers = [asyncio.create_task(queue.take()) for _ in range(2)]
    await settle()
    queue.close()
    queue.put(Sent("late"))
    async with deadline():
        assert await asyncio.gather(*takers) == [None, None]
    assert await queue.take() is None


# ---- Requests --------------------------------------------------------------------------------


def _answer(
    request: str, kind: str = "session.list", code: str | None = None, message: str | None = None
) -> Received:
    return Received(Envelope(kind, request_id=request, code=code, message=message), "{}")


async def test_an_answer_reaches_its_request_alone() -> None:
    requests = Requests(100)
    requests.add("a", {"id": "a"})
    requests.add("b", {"id": "b"})
    assert requests.settle(_answer("b"))
    assert not requests.settle(_answer("b"))
    assert not requests.settle(_answer("c"))
    assert await requests.answer("b", 60) == _answer("b")
    assert len(requests) == 1


async def test_an_error_is_a_refusal_with_its_code() -> None:
    requests = Requests(100)
    requests.add("a", {"id": "a"})
    requests.settle(_answer("a", "error", code="NO", message="not today"))
    with pytest.raises(RequestRefused, match="NO: not today") as caught:
        await requests.answer("a", 60)
    assert caught.value.code == "NO"


async def test_an_error_without_a_code_or_a_text_is_a_refusal_too() -> None:
    requests = Requests(100)
    requests.add("a", {"id": "a"})
    requests.settle(_answer("a", "error"))
    with pytest.raises(RequestRefused):
        await requests.answer("a", 60)


async def test_a_request_without_an_answer_times_out_and_is_forgotten() -> None:
    requests = Requests(100)
    requests.add("a", {"id": "a"})
    with pytest.raises(RequestTimeout, match="within 0 s"):
        await requests.answer("a", 0)
    assert len(requests) == 0


async def test_every_request_is_written_once_a_link() -> None:
    requests = Requests(100)
    for each in "ab":
        requests.add(each, {"id": each})
    assert [requests.take_unwritten() for _ in range(3)] == ['{"id":"a"}', '{"id":"b"}', None]
    requests.link_lost()
    assert requests.take_unwritten() == '{"id":"a"}'


async def test_a_request_id_in_use_or_a_frame_too_large_is_refused() -> None:
    requests = Requests(20)
    requests.add("a", {"id": "a"})
    with pytest.raises(IdInUse):
        requests.add("a", {"id": "a"})
    with pytest.raises(MessageTooLarge):
        requests.add("b", {"id": "b", "content": "x" * 20})
    assert len(requests) == 1


async def test_closing_ends_every_wait_but_takes_back_no_answer() -> None:
    requests = Requests(100)
    for each in "ab":
        requests.add(each, {"id": each})
    requests.settle(_answer("a"))
    requests.close()
    assert await requests.answer("a", 60) == _answer("a")
    with pytest.raises(SessionClosed):
        await requests.answer("b", 60)


# ---- Heartbeat -------------------------------------------------------------------------------


def test_a_link_is_probed_sooner_while_an_answer_is_due() -> None:
    heartbeat = Heartbeat(busy=2, idle=20)
    assert heartbeat.is_due(2, in_flight=True)
    assert not heartbeat.is_due(1.9, in_flight=True)
    assert not heartbeat.is_due(19.9, in_flight=False)
    assert heartbeat.is_due(20, in_flight=False)


@pytest.mark.parametrize("seconds", [0, -1, math.nan])
def test_a_heartbeat_that_would_spin_is_refused(seconds: float) -> None:
    for each in ("busy", "idle", "timeout"):
        with pytest.raises(ValueError, match="seconds above 0"):
            Heartbeat(**{each: seconds})


def test_the_default_heartbeat_finds_a_dead_peer_within_ten_seconds() -> None:
    heartbeat = Heartbeat()
    assert 2 * heartbeat.busy + heartbeat.timeout < 10
