"""What an older file holds is kept, and a stop that was not clean is noticed."""

import shutil
import sqlite3
from pathlib import Path

from tek_gateway.log.log_entries import accepted_entry
from tek_gateway.log.log_positions import Extent, Skip, resume_outcome
from tek_gateway.store.changes import Change
from tek_gateway.store.session_records import OWNER, OwedTurn, SessionRecord
from tek_gateway.store.sqlite.sqlite_store import SqliteStore, open_store
from tek_protocol.chat import ChatSend

SESSION = SessionRecord("s", "session:s", "echo", "2026-01-01T00:00:00.000+00:00")

FIRST_VERSION = """
    CREATE TABLE sessions (
        number INTEGER PRIMARY KEY AUTOINCREMENT, session_id TEXT NOT NULL UNIQUE,
        session_key TEXT NOT NULL, model TEXT NOT NULL, created_at TEXT NOT NULL
    ) STRICT;
    CREATE TABLE entries (
        session_id TEXT NOT NULL REFERENCES sessions (session_id) ON DELETE CASCADE,
        seq INTEGER NOT NULL, type TEXT NOT NULL, message_id TEXT, request_id TEXT,
        body TEXT NOT NULL, PRIMARY KEY (session_id, seq)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO sessions VALUES (1, 's', 'session:s', 'echo', '2026-01-01T00:00:00.000+00:00');
    INSERT INTO entries VALUES
        ('s', 1, 'chat.message', 'm-1', NULL,
         '{"type":"chat.message","id":"m-1","role":"user","content":"one"}'),
        ('s', 2, 'chat.message', 'a-1', 'm-1',
         '{"type":"chat.message","id":"a-1","role":"assistant","content":"1","requestId":"m-1"}'),
        ('s', 3, 'chat.message', 'm-2', NULL,
         '{"type":"chat.message","id":"m-2","role":"user","content":"two"}');
    PRAGMA user_version = 1;
"""


async def say(store: SqliteStore, text: str) -> int:
    (result,) = await store.commit([Change("s", [accepted_entry(ChatSend(text, text))])])
    assert isinstance(result, tuple), result
    return result[0].seq


async def test_a_file_of_the_first_version_is_kept_and_its_unanswered_message_is_owed(
    tmp_path: Path,
) -> None:
    database = sqlite3.connect(tmp_path / "sessions.sqlite")
    database.executescript(FIRST_VERSION)
    database.close()

    store = await open_store(tmp_path)

    assert [(entry.seq, entry.prev) for entry in await store.page("s", 0)] == [
        (1, 0),
        (2, 1),
        (3, 2),
    ]
    assert await store.owed() == [OwedTurn("s", 3, "m-2", 1767225600.0, plain=True)]
    assert await say(store, "three") == 4
    await store.close()


async def test_after_a_clean_stop_the_numbers_go_on(tmp_path: Path) -> None:
    store = await open_store(tmp_path)
    await store.commit([Change("s", creates=SESSION)])
    assert await say(store, "one") == 1
    await store.close()

    store = await open_store(tmp_path)
    assert await say(store, "two") == 2
    await store.close()


async def test_after_any_other_stop_they_skip_ahead_once_and_the_gap_is_remembered(
    tmp_path: Path,
) -> None:
    store = await open_store(tmp_path)
    await store.commit([Change("s", creates=SESSION)])
    await say(store, "one")
    await store.close()
    (tmp_path / "clean").unlink()

    store = await open_store(tmp_path)
    two = await say(store, "two")
    assert two > 2**20
    assert await say(store, "three") == two + 1
    assert await store.extent("s", OWNER) == Extent(two + 1, (Skip(1, two - 1),))
    assert [entry.prev for entry in await store.page("s", 0)] == [0, 1, two]
    await store.close()


async def test_a_start_after_it_that_writes_nothing_makes_nothing_clean(tmp_path: Path) -> None:
    store = await open_store(tmp_path)
    await store.commit([Change("s", creates=SESSION)])
    await say(store, "one")
    await store.close()
    (tmp_path / "clean").unlink()
    await (await open_store(tmp_path)).close()

    store = await open_store(tmp_path)
    assert await say(store, "two") > 2**20
    await store.close()


async def test_a_restored_copy_of_a_clean_folder_is_not_clean(tmp_path: Path) -> None:
    store = await open_store(tmp_path / "original")
    await store.commit([Change("s", creates=SESSION)])
    await say(store, "one")
    await store.close()
    shutil.copytree(tmp_path / "original", tmp_path / "copy")

    store = await open_store(tmp_path / "copy")
    assert await say(store, "two") > 2**20
    await store.close()


async def test_a_restored_backup_uses_no_number_of_the_time_that_is_lost(tmp_path: Path) -> None:
    store = await open_store(tmp_path / "data")
    await store.commit([Change("s", creates=SESSION)])
    await say(store, "one")
    await store.close()
    shutil.copytree(tmp_path / "data", tmp_path / "backup")
    (tmp_path / "data" / "clean").unlink()
    store = await open_store(tmp_path / "data")
    lost = [await say(store, "two"), await say(store, "three")]
    await store.close()
    shutil.rmtree(tmp_path / "data")
    shutil.copytree(tmp_path / "backup", tmp_path / "data")

    store = await open_store(tmp_path / "data")
    assert await say(store, "another two") not in lost
    await say(store, "another three")
    extent = await store.extent("s", OWNER)
    assert [resume_outcome(cursor, extent) for cursor in lost] == ["reset", "reset"]
    await store.close()
