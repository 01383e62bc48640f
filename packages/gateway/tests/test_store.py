"""The SQLite store: what it keeps, and whom it refuses."""

import asyncio
import sqlite3
import stat
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path

import pytest

from tek_gateway import log
from tek_gateway.access import OWNER
from tek_gateway.errors import StoreError
from tek_gateway.log import Entry
from tek_gateway.store import Change, Session, Store
from tek_gateway.store.sqlite import open_store
from tek_protocol.chat import ChatSend, Error, SessionInfo, Usage

AT = "2026-01-01T00:00:00.000+00:00"


def session(name: str) -> Session:
    return Session(name, f"session:{name}", "echo", AT)


def message(text: str) -> log.Draft:
    return log.accepted(ChatSend(f"id of {text}", text))


async def create(store: Store, made: Session, drafts: Sequence[log.Draft]) -> tuple[Entry, ...]:
    return await commit(store, Change(made.session_id, drafts, creates=made))


async def append(store: Store, session_id: str, drafts: Sequence[log.Draft]) -> tuple[Entry, ...]:
    return await commit(store, Change(session_id, drafts))


async def commit(store: Store, change: Change) -> tuple[Entry, ...]:
    (result,) = await store.commit([change])
    if isinstance(result, StoreError):
        raise result
    return result


@pytest.fixture
async def store(tmp_path: Path) -> AsyncGenerator[Store]:
    opened = await open_store(tmp_path / "data")
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
    await append(store, "old", [log.failed(Error("LLM_ERROR", "no", "m"))])
    await create(store, session("new"), [message("one"), message("two")])
    await append(store, "old", [message("three")])

    assert await store.sessions(10, OWNER) == (
        SessionInfo("new", "session:new", "echo", AT, 2, "one"),
        SessionInfo("old", "session:old", "echo", AT, 2, "one"),
    )
    assert [info.session_id for info in await store.sessions(1, OWNER)] == ["new"]


async def test_the_context_is_the_conversation_without_its_failures(store: Store) -> None:
    await create(store, session("a"), [message("one")])
    await append(store, "a", [log.failed(Error("LLM_ERROR", "no", "m"))])
    await append(store, "a", [log.finished("answer", "m", "two", Usage())])

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


async def test_what_is_stored_outlives_the_store(tmp_path: Path) -> None:
    store = await open_store(tmp_path)
    await create(store, session("a"), [message("one")])
    await store.close()

    store = await open_store(tmp_path)
    assert await store.find("a", OWNER) == session("a")
    await store.close()


async def test_only_the_owner_may_read_what_is_stored(tmp_path: Path) -> None:
    store = await open_store(tmp_path / "made" / "here")
    await create(store, session("a"), [message("one")])

    folder = tmp_path / "made" / "here"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()}
    await store.close()
    assert modes == dict.fromkeys(
        ["gateway.lock", "sessions.sqlite", "sessions.sqlite-shm", "sessions.sqlite-wal"], 0o600
    )


async def test_every_commit_is_durable(tmp_path: Path) -> None:
    store = await open_store(tmp_path)
    await store.close()

    with sqlite3.connect(tmp_path / "sessions.sqlite") as database:
        assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert database.execute("PRAGMA user_version").fetchone() == (2,)
    database.close()


async def test_a_folder_has_one_store_at_a_time(tmp_path: Path) -> None:
    first = await open_store(tmp_path)

    with pytest.raises(StoreError, match="another gateway uses it"):
        await open_store(tmp_path)

    await first.close()
    await (await open_store(tmp_path)).close()


async def test_a_newer_file_is_left_alone(tmp_path: Path) -> None:
    await (await open_store(tmp_path)).close()
    with sqlite3.connect(tmp_path / "sessions.sqlite") as database:
        database.execute("PRAGMA user_version = 99")
    database.close()

    for _ in range(2):  # the refusal gives the folder up again
        with pytest.raises(StoreError, match="newer tek-gateway"):
            await open_store(tmp_path)


async def test_a_file_that_is_no_database_is_reported(tmp_path: Path) -> None:
    (tmp_path / "sessions.sqlite").write_bytes(b"not a database" * 100)

    with pytest.raises(StoreError, match="not a database"):
        await open_store(tmp_path)


async def test_a_folder_that_cannot_be_made_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(StoreError, match="file"):
        await open_store(tmp_path / "file" / "data")
