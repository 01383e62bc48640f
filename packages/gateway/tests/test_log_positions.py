"""Places in a log: numbers, what folds, and what a client gets that comes back with a cursor."""

import asyncio
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tek_gateway.log.answer_folding import Standing, fold_pieces
from tek_gateway.log.log_entries import (
    DraftEntry,
    Entry,
    FoldedEnd,
    accepted_entry,
    answer_entry,
    delta_entry,
    fits_frame,
    start_entry,
)
from tek_gateway.log.log_positions import Extent, Skip, place_entries, resume_outcome
from tek_gateway.log.message_history import AGE_LIMIT, is_too_old, latest_messages
from tek_gateway.store.changes import Change
from tek_gateway.store.session_records import OwedTurn, SessionRecord
from tek_gateway.store.sqlite.sqlite_store import SqliteStore, open_store
from tek_gateway.store.tail import TAIL_ENTRIES, Tail
from tek_protocol import encode
from tek_protocol.chat import ChatSend, StreamEnd, StreamStart, Usage
from tek_testing.clients.resume_client import AppliedLog

SESSION = SessionRecord("s", "session:s", "echo", "2026-01-01T00:00:00.000+00:00")


def deltas(count: int) -> list[DraftEntry]:
    return [delta_entry("m", str(number)) for number in range(count)]


def test_an_entry_names_the_one_before_it() -> None:
    entries = place_entries("s", 7, deltas(3))

    assert [(entry.seq, entry.prev) for entry in entries] == [(8, 7), (9, 8), (10, 9)]


def test_numbers_up_to_the_floor_are_left_out_and_prev_is_not() -> None:
    entries = place_entries("s", 4, deltas(2), floor=100)

    assert [(entry.seq, entry.prev) for entry in entries] == [(101, 4), (102, 101)]


def test_a_frame_is_the_body_and_its_place() -> None:
    (entry,) = place_entries("s", 1, [delta_entry("m", "x")])

    assert entry.frame(0) == (
        '{"type":"chat.stream.delta","requestId":"m","delta":"x","seq":2,"prev":1}'
    )


def test_only_a_reader_that_has_all_before_it_gets_the_end_in_place_of_the_answer() -> None:
    fold = answer_entry("a", "m", "whole", Usage())
    entry = Entry("s", 9, 1, fold, FoldedEnd(8, '{"type":"end"}'))

    assert entry.frame(8) == '{"type":"end","seq":9,"prev":8}'
    assert '"content":"whole"' in entry.frame(7)


@pytest.mark.parametrize(
    ("cursor", "extent", "outcome"),
    [
        (0, None, "lost"),
        (5, None, "lost"),
        (0, Extent(0), "resumed"),
        (1, Extent(0), "reset"),
        (5, Extent(5), "resumed"),
        (6, Extent(5), "reset"),
        (10**30, Extent(5), "reset"),
        (4, Extent(1000, [Skip(4, 900)]), "resumed"),
        (5, Extent(1000, [Skip(4, 900)]), "reset"),
        (900, Extent(1000, [Skip(4, 900)]), "reset"),
        (901, Extent(1000, [Skip(4, 900)]), "resumed"),
    ],
)
def test_what_a_cursor_gets(cursor: int, extent: Extent | None, outcome: str) -> None:
    assert resume_outcome(cursor, extent) == outcome


def test_what_stands_of_a_turn_is_what_its_attempts_left() -> None:
    drafts = [
        start_entry(StreamStart("m", "s", "echo", 1, 0)),
        delta_entry("m", "one two"),
        start_entry(StreamStart("m", "s", "echo", 2, 3)),
        delta_entry("m", " 2"),
    ]

    assert fold_pieces(draft.body for draft in drafts) == Standing(2, "one 2", "echo")
    assert fold_pieces([]) == Standing(0, "", "")


def test_an_answer_that_fits_into_no_frame_does_not_fold() -> None:
    assert fits_frame(answer_entry("a", "m", "x" * 1_000_000, Usage()))
    assert not fits_frame(answer_entry("a", "m", "é" * 1_000_000, Usage()))


def test_a_message_goes_on_for_a_day() -> None:
    assert not is_too_old(0, AGE_LIMIT)
    assert is_too_old(0, AGE_LIMIT + 1)


def test_answers_stand_under_their_questions_in_a_context() -> None:
    drafts = [
        accepted_entry(ChatSend("1", "one")),
        accepted_entry(ChatSend("2", "two")),
        answer_entry("a", "1", "first", Usage()),
        answer_entry("b", "2", "second", Usage()),
    ]

    said = latest_messages(draft.body for draft in reversed(drafts))

    assert [message.content for message in said] == ["one", "first", "two", "second"]


async def test_a_tail_gives_what_is_after_a_cursor_or_sends_to_the_disk() -> None:
    tail = Tail()
    assert tail.after(0) is None
    entries = place_entries("s", 5, deltas(TAIL_ENTRIES))
    tail.extend(entries)

    assert tail.after(4) is None
    assert tail.after(5) == list(entries)
    assert tail.after(entries[-2].seq) == [entries[-1]]
    tail.extend(place_entries("s", entries[-1].seq, deltas(1)))
    assert tail.after(5) is None
    assert tail.after(6) is not None


# ---- Any history, read from anywhere ---------------------------------------------------------

actions = st.lists(
    st.sampled_from(["ask", "grow", "grow", "grow", "end", "crash", "stop"]), max_size=25
)


@dataclass
class History:
    """One session that lives through commits, ends, clean stops and crashes."""

    store: SqliteStore
    seqs: list[int] = field(default_factory=list[int])
    owed: list[OwedTurn] = field(default_factory=list[OwedTurn])
    attempts: dict[int, int] = field(default_factory=dict[int, int])
    asked: int = 0

    async def do(self, action: str) -> None:
        if action == "ask":
            await self._ask()
        elif action == "grow" and self.owed:
            await self._grow(self.owed[0])
        elif action == "end" and self.owed:
            await self._end(self.owed.pop(0))

    async def commit(self, change: Change) -> tuple[Entry, ...]:
        (result,) = await self.store.commit([change])
        assert isinstance(result, tuple), result
        self.seqs += [entry.seq for entry in result]
        return result

    async def _ask(self) -> None:
        self.asked += 1
        draft = accepted_entry(ChatSend(f"m{self.asked}", f"question {self.asked}"))
        (entry,) = await self.commit(Change("s", [draft], once=True, owed_since=0.0))
        self.owed.append(OwedTurn("s", entry.seq, f"m{self.asked}", 0.0))

    async def _grow(self, owed: OwedTurn) -> None:
        stands = (await self.store.turn_context(owed)).standing
        start = StreamStart(owed.request_id, "s", "echo", stands.attempt + 1, len(stands.text))
        grown = delta_entry(owed.request_id, f"{stands.attempt} ")
        await self.commit(Change("s", [start_entry(start), grown, grown]))

    async def _end(self, owed: OwedTurn) -> None:
        stands = (await self.store.turn_context(owed)).standing
        fold = answer_entry("a", owed.request_id, stands.text, Usage())
        ending = encode(StreamEnd(owed.request_id))
        await self.commit(Change("s", [fold], settles=owed.seq, ending=ending))


async def read(store: SqliteStore, reader: AppliedLog) -> None:
    while page := await store.page("s", reader.cursor):
        for entry in page:
            assert reader.take(entry.frame(reader.cursor))[0] == "applied"


async def live(folder: Path, history: list[str]) -> None:
    session = History(await open_store(folder))
    await session.commit(Change("s", creates=SESSION))
    readers: list[AppliedLog] = []
    for number, action in enumerate(history):
        if action in ("crash", "stop"):
            await session.store.close()
            if action == "crash":
                (folder / "clean").unlink(missing_ok=True)  # none: nothing was written
            session.store = await open_store(folder)
        await session.do(action)
        readers.append(AppliedLog())
        for reader in readers[number % 3 :: 3]:  # the others are left behind, at any place
            await read(session.store, reader)
    whole = AppliedLog()
    for reader in [whole, *readers]:
        await read(session.store, reader)
        assert (reader.asked, reader.texts, reader.ends) == (whole.asked, whole.texts, whole.ends)
        assert set(reader.times_ended.values()) <= {1}
    assert session.seqs == sorted(set(session.seqs))
    assert await session.store.owed() == session.owed
    await session.store.close()


@given(actions)
@settings(max_examples=30, deadline=None)
def test_whoever_reads_on_from_anywhere_ends_with_what_one_who_reads_all_has(
    history: list[str],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(live(Path(folder), history))
