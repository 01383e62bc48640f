"""One answer, read by many."""

import asyncio

import pytest

from tek_gateway.errors import ModelError
from tek_gateway.store.session_records import SessionRecord
from tek_gateway.turns.plain_stream import ANSWER_LIMIT, PIECE_LIMIT, PlainStream
from tek_protocol.chat import (
    KnownMessage,
    SessionCreated,
    StreamDelta,
    StreamEnd,
    StreamStart,
)
from tek_testing.deadlines import deadline

SESSION = SessionRecord("s-1", "session:s", "echo", "2026-01-01T00:00:00.000+00:00")


def turn() -> PlainStream:
    return PlainStream("m-1", SESSION, opens_session=False)


async def all_of(read: PlainStream) -> list[KnownMessage]:
    async with deadline():
        return [message async for message in read.messages()]


async def test_a_late_reader_is_told_everything_from_the_start() -> None:
    grown = turn()
    grown.add_text("Hel")
    grown.add_text("lo")
    grown.finish(StreamEnd("m-1"))

    assert await all_of(grown) == [
        StreamStart("m-1", "s-1", "echo"),
        StreamDelta("m-1", "Hel"),
        StreamDelta("m-1", "lo"),
        StreamEnd("m-1"),
    ]


async def test_each_reader_has_its_own_offset() -> None:
    grown = turn()
    slow, fast = grown.messages(), grown.messages()
    assert await anext(slow) == await anext(fast) == StreamStart("m-1", "s-1", "echo")

    grown.add_text("a")
    grown.add_text("b")
    assert [await anext(fast), await anext(fast)] == [
        StreamDelta("m-1", "a"),
        StreamDelta("m-1", "b"),
    ]

    assert await anext(slow) == StreamDelta("m-1", "a")
    await slow.aclose()
    await fast.aclose()


async def test_waiting_readers_are_woken_by_each_piece_and_by_the_end() -> None:
    grown = turn()
    async with asyncio.TaskGroup() as readers:
        tasks = [readers.create_task(all_of(grown)) for _ in range(3)]
        for piece in "abc":
            grown.add_text(piece)
            await asyncio.sleep(0)
        grown.finish(StreamEnd("m-1"))

    assert all(task.result()[-1] == StreamEnd("m-1") for task in tasks)
    assert all(len(task.result()) == 5 for task in tasks)


async def test_a_turn_that_opens_a_session_says_so_first() -> None:
    opened = PlainStream("m-1", SESSION, opens_session=True)
    opened.finish(StreamEnd("m-1"))

    assert (await all_of(opened))[0] == SessionCreated("s-1", "session:s")


async def test_a_long_piece_goes_out_as_several() -> None:
    grown = turn()
    grown.add_text("x" * (PIECE_LIMIT + 1))
    grown.finish(StreamEnd("m-1"))

    deltas = [message for message in await all_of(grown) if isinstance(message, StreamDelta)]
    assert [len(message.delta) for message in deltas] == [PIECE_LIMIT, 1]


async def test_an_answer_without_an_end_is_broken_off() -> None:
    grown = turn()
    grown.add_text("x" * ANSWER_LIMIT)

    with pytest.raises(ModelError, match="longer than"):
        grown.add_text("x")
