"""What every store keeps, and whom it refuses: each engine is put through the same."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from msgspec.structs import replace as changed

from tek_gateway.errors import SessionFull, StoreError
from tek_gateway.log.log_entries import (
    DraftEntry,
    Entry,
    accepted_entry,
    answer_entry,
    delta_entry,
    end_entry,
    error_entry,
    start_entry,
)
from tek_gateway.store.changes import Change
from tek_gateway.store.session_records import OWNER, SessionRecord
from tek_gateway.store.sqlite.sqlite_store import open_store
from tek_gateway.store.store import Store
from tek_protocol.chat import ChatSend, Error, SessionInfo, StreamEnd, StreamStart, Usage

AT = "2026-01-01T00:00:00.000+00:00"


def session(name: str) -> SessionRecord:
    return SessionRecord(name, f"session:{name}", "echo", AT)


def message(text: str) -> DraftEntry:
    return accepted_entry(ChatSend(f"id of {text}", text))


async def create(
    store: Store, made: SessionRecord, drafts: Sequence[DraftEntry]
) -> tuple[Entry, ...]:
    return await commit(store, Change(made.session_id, drafts, creates=made))


async def append(store: Store, session_id: str, drafts: Sequence[DraftEntry]) -> tuple[Entry, ...]:
    return await commit(store, Change(session_id, drafts))


async def commit(store: Store, change: Change) -> tuple[Entry, ...]:
    (result,) = await store.commit([change])
    if isinstance(result, StoreError):
        raise result
    return result


Opener = Callable[[Path], Awaitable[Store]]


@pytest.fixture(params=[pytest.param(open_store, id="sqlite")])
def opener(request: pytest.FixtureRequest) -> Opener:
    """Return what opens each kind of store that there is."""
    return request.param


@pytest.fixture
async def store(opener: Opener, tmp_path: Path) -> AsyncGenerator[Store]:
    opened = await opener(tmp_path / "data")
    yield opened
    await opened.close()


async def test_a_session_is_found_as_it_was_made(store: Store) -> None:
    await create(store, session("a"), [message("one")])

    assert await store.find("a", OWNER) == session("a")
    assert await store.find("b", OWNER) is None
    assert await store.count() == 1


async def test_entries_are_numbered_within_their_session(store: Store) -> None:
    first = await create(store, session("a"), [message("one")])
    await create(store, session("b"), [message("other")])
    more = await append(store, "a", [message("two"), message("three")])

    assert [(entry.session_id, entry.seq) for entry in (*first, *more)] == [
        ("a", 1),
        ("a", 2),
        ("a", 3),
    ]


async def test_entries_appended_at_once_get_different_places(store: Store) -> None:
    await create(store, session("a"), [])

    entries = await asyncio.gather(*(append(store, "a", [message("x")]) for _ in range(20)))

    assert sorted(entry.seq for (entry,) in entries) == list(range(1, 21))


async def test_the_same_message_id_may_be_stored_twice(store: Store) -> None:
    await create(store, session("a"), [message("same")])
    await append(store, "a", [message("same")])

    assert len(await store.context("a")) == 2


async def test_the_list_is_newest_first_and_counts_messages_only(store: Store) -> None:
    await create(store, session("old"), [message("one")])
    await append(store, "old", [error_entry(Error("LLM_ERROR", "no", "m"))])
    await create(store, session("new"), [message("one"), message("two")])
    await append(store, "old", [message("three")])

    assert await store.sessions(10, OWNER) == (
        SessionInfo("new", "session:new", "echo", AT, 2, "one"),
        SessionInfo("old", "session:old", "echo", AT, 2, "one"),
    )
    assert [info.session_id for info in await store.sessions(1, OWNER)] == ["new"]


async def test_the_context_is_the_conversation_without_its_failures(store: Store) -> None:
    await create(store, session("a"), [message("one")])
    await append(store, "a", [error_entry(Error("LLM_ERROR", "no", "m"))])
    await append(store, "a", [answer_entry("answer", "m", "two", Usage())])

    assert [(said.role, said.content) for said in await store.context("a")] == [
        ("user", "one"),
        ("assistant", "two"),
    ]


async def test_an_entry_needs_its_session(store: Store) -> None:
    with pytest.raises(StoreError):
        await append(store, "nowhere", [message("one")])


async def test_a_session_that_cannot_be_made_leaves_no_entry_behind(store: Store) -> None:
    await create(store, session("a"), [message("one")])

    with pytest.raises(StoreError):
        await create(store, session("a"), [message("two")])

    assert [said.content for said in await store.context("a")] == ["one"]


async def test_any_text_comes_back_as_it_was(store: Store) -> None:
    text = '\0\u2028\U0001f600 "quoted" \\ \' -- \r\n'
    await create(store, session("a"), [message(text)])

    assert [said.content for said in await store.context("a")] == [text]


async def test_what_is_stored_outlives_the_store(opener: Opener, tmp_path: Path) -> None:
    store = await opener(tmp_path)
    await create(store, session("a"), [message("one")])
    await store.close()

    store = await opener(tmp_path)
    assert await store.find("a", OWNER) == session("a")
    await store.close()


async def test_a_folder_has_one_store_at_a_time(opener: Opener, tmp_path: Path) -> None:
    first = await opener(tmp_path)

    with pytest.raises(StoreError, match="another gateway uses it"):
        await opener(tmp_path)

    await first.close()
    await (await opener(tmp_path)).close()


async def test_a_folder_that_cannot_be_made_is_reported(opener: Opener, tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(StoreError, match="file"):
        await opener(tmp_path / "file" / "data")


# ---- Whose it is, how large it is, and what is owed ------------------------------------------


async def test_what_is_anothers_is_not_there(store: Store) -> None:
    ann, bob = replace(session("a"), principal="ann"), replace(session("b"), principal="bob")
    await create(store, ann, [message("one")])
    await create(store, bob, [])

    assert await store.find("a", "ann") == ann
    for principal in ("bob", OWNER, ""):
        assert await store.find("a", principal) is None
        assert await store.extent("a", principal) is None
        assert await store.sessions(10, principal) == ()
    assert [info.session_id for info in await store.sessions(10, "ann")] == ["a"]
    assert [await store.count_of(each) for each in ("ann", "bob", "eve")] == [1, 1, 0]
    assert await store.count() == 1
    assert await store.empty_of("bob", 2e9) == ["b"]
    assert await store.empty_of("bob", 0) == await store.empty_of("ann", 2e9) == []


async def test_a_session_that_is_large_takes_no_message_but_ends_its_turns(store: Store) -> None:
    asked = Change("a", [message("x" * 1000)], creates=session("a"), owed_since=5.0, largest=500)
    (entry,) = await commit(store, asked)
    again = changed(asked, creates=None, drafts=[message("two")])
    (full,) = await store.commit([again])
    assert isinstance(full, SessionFull)
    assert await commit(store, changed(asked, creates=None, once=True)) == ()

    start = start_entry(StreamStart("id of " + "x" * 1000, "a", "echo"))
    await append(store, "a", [start])
    fold = answer_entry("answer", "id of " + "x" * 1000, "y", Usage())
    await commit(store, Change("a", [fold], settles=entry.seq, ending="{}"))

    assert await store.owed() == []
    assert [said.content for said in await store.context("a")] == ["x" * 1000, "y"]


async def test_a_session_that_is_full_takes_nothing_else_along(store: Store) -> None:
    await create(store, session("a"), [message("x" * 100)])
    full = Change("a", [message("two")], owed_since=1.0, largest=10)

    results = await store.commit([full, Change("a", title="mine"), full])

    assert [type(result) for result in results] == [SessionFull, tuple, SessionFull]
    assert [info.title for info in await store.sessions(1, OWNER)] == ["mine"]


async def test_what_is_owed_is_not_stale_and_the_rest_is_by_its_last_message(store: Store) -> None:
    for name, at in (("old", 2e9), ("new", 3e9), ("owed", 1e9)):
        await create(store, session(name), [])
        asked = Change(name, [message("x")], owed_since=at)
        (entry,) = await commit(store, asked)
        if name != "owed":
            end = end_entry(StreamEnd("id of x"))
            await commit(store, Change(name, [end], settles=entry.seq))

    assert [(each.session_id, each.used_at) for each in await store.stale()] == [
        ("old", 2e9),
        ("new", 3e9),
    ]
    assert all(each.size > 100 for each in await store.stale())


async def test_an_answer_that_does_not_fold_counts_as_what_it_is(store: Store) -> None:
    (entry,) = await commit(
        store, Change("a", [message("x")], creates=session("a"), owed_since=1.0)
    )
    await append(store, "a", [delta_entry("id of x", "y" * 1000)] * 3)
    await commit(store, Change("a", [end_entry(StreamEnd("id of x"))], settles=entry.seq))

    (stale,) = await store.stale()
    entries = await store.page("a", 0)
    assert stale.size == sum(len(each.draft.body) for each in entries) > 3000


async def test_there_is_room_to_begin_with(store: Store) -> None:
    assert await store.has_room()
