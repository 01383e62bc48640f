"""The journal of one client, and of two in one process."""

import os
import sqlite3
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconnect_core import Applied, Change, Contents, MessageState, Moved, Received, Removed, Stored
from tek_chat import View
from tek_chat.journal.journal import (
    Journal,
    JournalDamaged,
    JournalError,
    JournalTooNew,
    journal_path,
)
from tek_chat.journal.rows import OutboxRow, contents, transcript, write
from tek_chat.journal.schema import VERSION, open_database
from tek_protocol import encode, read_envelope

Step: TypeAlias = tuple[str, str, str]

# ---- Entries ---------------------------------------------------------------------------------


def entry(seq: int, prev: int, **body: object) -> Received:
    text = encode({**body, "seq": seq, "prev": prev})
    return Received(read_envelope(text), text)


def asked(name: str, seq: int, prev: int | None = None) -> Received:
    before = seq - 1 if prev is None else prev
    return entry(seq, before, type="chat.message", id=name, role="user", content=name)


def piece(request: str, delta: str, seq: int) -> Received:
    return entry(seq, seq - 1, type="chat.stream.delta", requestId=request, delta=delta)


def whole(request: str, text: str, seq: int, prev: int, thoughts: str = "") -> Received:
    message = {"type": "chat.message", "id": f"{seq}", "role": "assistant", "content": text}
    ended = {"requestId": request, "status": "complete", "reasoning": thoughts}
    return entry(seq, prev, **message, **ended)


def stored(name: str, order: int, place: MessageState = MessageState.QUEUED) -> Stored:
    return Stored(name, encode({"id": name}), place, order)


def applied(entries: Iterable[Received]) -> list[Change]:
    return [Applied(each) for each in entries]


def shown(entries: Iterable[Received]) -> View:
    view = View()
    for each in entries:
        view = view.after(each)
    return view


def names(kept: Contents) -> list[str]:
    return [each.id for each in sorted(kept.messages, key=lambda each: each.order)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tek" / "chat.sqlite"


@asynccontextmanager
async def opened(path: Path) -> AsyncGenerator[Journal]:
    journal = Journal.open(path)
    try:
        yield journal
    finally:
        await journal.close()


# ---- What is kept ----------------------------------------------------------------------------


async def test_outbox_transcript_and_cursor_are_there_after_a_restart(path: Path) -> None:
    said = [asked("a", 1), piece("a", "x", 2)]
    async with opened(path) as journal:
        storage = journal.storage("")
        await storage.commit([stored("a", 1), stored("b", 2)])
        await storage.commit([Moved("s", 0)])
        await storage.commit([*applied(said), Removed("a"), stored("b", 2, MessageState.SENT)])
    async with opened(path) as journal:
        assert journal.last_session() == "s"
        storage = journal.storage("s")
        assert names(storage.load("s")) == ["b"]
        assert storage.load("s").messages[0].place is MessageState.SENT
        assert storage.load("").cursor == 2
        assert list(storage.transcript) == said


async def test_what_only_advances_the_transcript_is_written_by_the_close_at_the_latest(
    path: Path,
) -> None:
    async with opened(path) as journal:
        storage = journal.storage("s")
        for seq in range(1, 101):
            await storage.commit(applied([asked(f"{seq}", seq)]))
    async with opened(path) as journal:
        assert journal.storage("s").load("s").cursor == 100
        assert len(journal.storage("s").transcript) == 100


async def test_a_whole_answer_replaces_its_pieces(path: Path) -> None:
    pieces = [asked("a", 1), *(piece("a", "x", seq) for seq in range(2, 50))]
    async with opened(path) as journal:
        await journal.storage("s").commit(applied(pieces))
        storage = journal.storage("s")
        await storage.commit(applied([whole("a", "all", 50, 1)]))
        assert [each.envelope.seq for each in journal.storage("s").transcript] == [1, 50]


async def test_a_session_that_starts_over_forgets_what_it_had(path: Path) -> None:
    async with opened(path) as journal:
        storage = journal.storage("s")
        await storage.commit(applied([asked("a", 1), asked("b", 2)]))
        await storage.commit([Moved("s", 0), Applied(asked("c", 9, 0))])
        again = journal.storage("s")
        assert again.load("s").cursor == 9
        assert list(again.transcript) == [asked("c", 9, 0)]


async def test_a_draft_follows_the_session_that_is_made_for_it(path: Path) -> None:
    async with opened(path) as journal:
        first, second = journal.storage(""), journal.storage("")
        await first.commit([stored("a", 1)])
        await second.commit([stored("b", 1)])
        await second.commit([Moved("s", 0)])
    async with opened(path) as journal:
        assert journal.unsent() == ("", "s")
        assert names(journal.storage("s").load("s")) == ["b"]
        assert journal.last_session() == ""
        assert names(journal.storage("").load("")) == ["a"]
        assert journal.unsent() == ()
        assert journal.last_session() == "s"


async def test_a_new_journal_begins_with_a_new_session(path: Path) -> None:
    async with opened(path) as journal:
        assert journal.last_session() == ""
        assert journal.storage("").load("") == Contents()


# ---- Two clients -----------------------------------------------------------------------------


async def test_what_a_living_client_has_to_send_is_not_taken_from_it(path: Path) -> None:
    async with opened(path) as one, opened(path) as other:
        await one.storage("s").commit([stored("a", 1)])
        await one.storage("").commit([stored("b", 1)])
        assert names(other.storage("s").load("s")) == []
        assert names(other.storage("").load("")) == []
        assert other.unsent() == ()


async def test_the_outboxes_of_clients_that_are_gone_are_joined_in_order(path: Path) -> None:
    async with opened(path) as one, opened(path) as two, opened(path) as three:
        for name, journal in zip("abc", (one, two, three), strict=True):
            await journal.storage("s").commit([stored(f"{name}1", 1), stored(f"{name}2", 2)])
    async with opened(path) as last:
        kept = names(last.storage("s").load("s"))
        assert kept == ["a1", "a2", "b1", "b2", "c1", "c2"]


async def test_what_another_client_has_seen_acknowledged_is_not_sent_again(path: Path) -> None:
    async with opened(path) as other:
        async with opened(path) as one:
            await one.storage("s").commit([stored("a", 1, MessageState.SENT)])
            await other.storage("s").commit(applied([asked("a", 1)]))
        assert names(other.storage("s").load("s")) == []


async def test_an_entry_is_kept_once_and_the_cursor_never_goes_back(path: Path) -> None:
    log = [asked("a", 1), piece("a", "x", 2), piece("a", "y", 3), whole("a", "xy", 4, 1)]
    async with opened(path) as one, opened(path) as other:
        ahead, behind = one.storage("s"), other.storage("s")
        await ahead.commit([*applied(log), Removed("none")])
        for each in log:
            await behind.commit([Applied(each), Removed("none")])
            assert one.storage("s").load("s").cursor == 4
        assert [each.envelope.seq for each in one.storage("s").transcript] == [1, 4]


async def test_a_copy_is_started_over_once_and_nothing_of_the_former_comes_back(
    path: Path,
) -> None:
    async with opened(path) as one, opened(path) as other:
        quick = one.storage("s")
        await quick.commit([*applied([asked("a", 1)]), Removed("none")])
        slow = other.storage("s")
        await quick.commit([Moved("s", 0), Applied(asked("a", 1))])
        await slow.commit([Applied(asked("lost", 2)), Removed("none")])
        await slow.commit([Moved("s", 0)])
        await quick.commit([Applied(asked("b", 99, 1)), Removed("none")])
        assert list(one.storage("s").transcript) == [asked("a", 1), asked("b", 99, 1)]


async def test_an_entry_that_does_not_follow_is_left_out(path: Path) -> None:
    async with opened(path) as journal:
        storage = journal.storage("s")
        await storage.commit([Applied(asked("a", 1)), Applied(asked("c", 3)), Removed("none")])
        assert journal.storage("s").load("s").cursor == 1


# ---- The file --------------------------------------------------------------------------------


async def test_only_its_owner_can_read_it(path: Path) -> None:
    async with opened(path) as journal:
        await journal.storage("").commit([stored("a", 1)])
        assert path.parent.stat().st_mode & 0o777 == 0o700
        private = [each for each in path.parent.rglob("*") if each.is_file()]
        assert len(private) >= 3
        assert {each.stat().st_mode & 0o077 for each in private} == {0}


@pytest.mark.usefixtures("home")
def test_its_place_is_the_folder_for_tek_s_data() -> None:
    folder = Path(os.environ["XDG_DATA_HOME"]) / "tek" / "chat"
    assert journal_path() == folder / "local.sqlite"


def test_each_gateway_has_a_file_of_its_own() -> None:
    urls = [
        "",
        "ws://host:1/gateway",
        "ws://host:2/gateway",
        f"ws://{'a' * 300}/1",
        f"ws://{'a' * 300}/2",
        "ws://host/../../etc/passwd",
    ]
    paths = {journal_path(url) for url in urls}
    assert len(paths) == len(urls)
    assert {path.parent for path in paths} == {journal_path().parent}
    assert all(len(path.name) < 200 for path in paths)


def test_a_file_of_a_newer_version_is_left_as_it_is(path: Path) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as database:
        database.execute(f"PRAGMA user_version = {VERSION + 1}")
    before = path.read_bytes()
    with pytest.raises(JournalTooNew, match="newer version of Tek"):
        Journal.open(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("text", ["no database at all" * 99, "SQLite format 3\0 and so on" * 99])
def test_a_damaged_file_is_left_as_it_is(path: Path, text: str) -> None:
    path.parent.mkdir()
    path.write_text(text)
    with pytest.raises(JournalDamaged):
        Journal.open(path)
    assert path.read_text() == text


def test_a_database_of_another_program_is_left_alone(path: Path) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE theirs (x)")
    with pytest.raises(JournalDamaged, match="another program"):
        Journal.open(path)


@pytest.mark.parametrize("folder", ["/proc/self/nowhere", "/dev/null/nowhere"])
def test_a_folder_that_cannot_be_written_to_is_reported(folder: str) -> None:
    with pytest.raises(JournalError):
        Journal.open(Path(folder) / "chat.sqlite")


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is read-only for root")
def test_a_read_only_folder_is_reported(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(JournalError):
        Journal.open(tmp_path / "chat.sqlite")


async def test_a_storage_that_cannot_read_says_so_when_it_is_asked(path: Path) -> None:
    async with opened(path) as journal:
        with closing(sqlite3.connect(path)) as database:
            database.executescript("DROP TABLE outbox;")
        storage = journal.storage("s")
        with pytest.raises(JournalError):
            storage.load("s")
        with pytest.raises(JournalError):
            await storage.commit([Moved("s", 0)])


async def test_what_could_not_be_written_later_fails_the_next_commit(path: Path) -> None:
    async with opened(path) as journal:
        storage = journal.storage("s")
        with closing(sqlite3.connect(path)) as database:
            database.executescript("DROP TABLE entries;")
        await storage.commit(applied([asked("a", 1)]))
        journal.storage("")  # what waits is written before anything is read
        with pytest.raises(JournalError):
            await storage.commit(applied([asked("b", 2)]))


async def test_a_closed_journal_says_so(path: Path) -> None:
    async with opened(path) as journal:
        storage = journal.storage("s")
    with pytest.raises(JournalError, match="closed"):
        await storage.commit([Moved("t", 0)])
    assert not any((path.parent / "chat.sqlite.clients").iterdir())


async def test_another_session_than_the_storage_s_is_refused(path: Path) -> None:
    async with opened(path) as journal:
        with pytest.raises(ValueError, match="only the session"):
            journal.storage("s").load("t")


# ---- Folding ---------------------------------------------------------------------------------

KINDS = ["ask", "start", "delta", "again", "reasoning", "source", "tool", "end", "whole", "error"]
steps = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from(KINDS), st.text("xyzäß😀", max_size=4)),
    max_size=60,
)


class Turns:
    """A gateway that follows the protocol and ignores requests that it cannot carry out."""

    def __init__(self) -> None:
        self.log: list[Received] = []
        self.texts: dict[str, str] = {}
        self.thoughts: dict[str, str] = {}
        self.attempts: dict[str, int] = {}
        self.ended: set[str] = set()

    def take(self, request: str, kind: str, text: str) -> None:
        seq = len(self.log) + 1
        if kind == "tool":
            self.log.append(entry(seq, seq - 1, type="tool.call"))
        elif kind == "ask" and request not in self.texts:
            self.texts[request] = self.thoughts[request] = ""
            self.log.append(asked(request, seq))
        elif kind != "ask" and request in self.texts and request not in self.ended:
            if kind == "start":
                self.attempts.setdefault(request, 1)
            if request in self.attempts:
                self.log.append(self.answers(request, kind, text, seq))

    def answers(self, request: str, kind: str, text: str, seq: int) -> Received:
        body: dict[str, object] = {"type": f"chat.stream.{kind}", "requestId": request}
        match kind:
            case "start":
                body |= {"model": text}
            case "again":
                offset = len(self.texts[request]) // 2
                self.texts[request] = self.texts[request][:offset]
                self.thoughts[request] = self.thoughts[request] if offset else ""
                self.attempts[request] += 1
                body |= {"type": "chat.stream.start", "offset": offset, "model": text}
                body["attempt"] = self.attempts[request]
            case "delta":
                self.texts[request] += text
                body["delta"] = text
            case "reasoning":
                self.thoughts[request] += text
                body["delta"] = text
            case "source":
                body["source"] = {"url": text}
            case "whole":
                self.ended.add(request)
                thoughts = self.thoughts[request]
                return whole(request, self.texts[request], seq, seq - 1, thoughts)
            case "error":
                self.ended.add(request)
                body |= {"type": "error", "code": "X", "message": text}
            case _:
                self.ended.add(request)
        return entry(seq, seq - 1, **body)


def story(plan: Sequence[Step]) -> list[Received]:
    turns = Turns()
    for request, kind, text in plan:
        turns.take(request, kind, text)
    return turns.log


@given(steps)
def test_the_transcript_replayed_is_what_was_shown(plan: Sequence[Step]) -> None:
    log = story(plan)
    with closing(open_database(Path(":memory:"))) as database:
        box = OutboxRow("box", "me", "s")
        write(database, box, applied(log))
        assert contents(database, box).cursor == len(log)
        replayed = shown(transcript(database, "s"))
    lived = shown(log)
    assert (replayed.items, replayed.growing) == (lived.items, lived.growing)


@given(steps, st.lists(st.booleans(), max_size=60))
def test_two_clients_that_read_one_log_write_it_once(
    plan: Sequence[Step], turns: Sequence[bool]
) -> None:
    log = story(plan)
    with closing(open_database(Path(":memory:"))) as database:
        boxes = OutboxRow("1", "one", "s"), OutboxRow("2", "two", "s")
        read = [0, 0]
        for turn in [*turns, *[False] * len(log), *[True] * len(log)]:
            if read[turn] < len(log):
                write(database, boxes[turn], [Applied(log[read[turn]])])
                read[turn] += 1
            assert contents(database, boxes[0]).cursor == max(read)
        replayed = shown(transcript(database, "s"))
    lived = shown(log)
    assert (replayed.items, replayed.growing) == (lived.items, lived.growing)


@settings(max_examples=50)
@given(steps, st.integers(0, 60))
def test_a_log_that_was_compacted_meanwhile_says_the_same(plan: Sequence[Step], first: int) -> None:
    log = [each for each in story(plan) if each.envelope.type != "tool.call"]
    folded = {r for each in log if (r := ends_whole(each))}
    compact = [e for e in log if e.envelope.request_id not in folded or ends_whole(e)]
    prevs = [0, *(each.envelope.seq or 0 for each in compact)]
    later = [
        entry(each.envelope.seq or 0, prev, **without_place(each))
        for each, prev in zip(compact, prevs, strict=False)
    ]
    with closing(open_database(Path(":memory:"))) as database:
        write(database, OutboxRow("1", "one", "s"), applied(log[:first]))
        write(database, OutboxRow("2", "two", "s"), applied(later))
        replayed = shown(transcript(database, "s"))
    assert texts_of(replayed) == texts_of(shown(log))


def ends_whole(each: Received) -> str | None:
    return each.envelope.request_id if each.envelope.type == "chat.message" else None


def without_place(each: Received) -> dict[str, object]:
    return {name: value for name, value in each.json().items() if name not in {"seq", "prev"}}


def texts_of(view: View) -> list[tuple[str, str, str]]:
    answers = ((each.id, each.answer) for each in view.exchanges)
    return [(name, a.text, a.reasoning) if a else (name, "", "") for name, a in answers]
