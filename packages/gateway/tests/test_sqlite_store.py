"""The store in a SQLite file: its files, their rights, their versions and their state."""

import sqlite3
import stat
from pathlib import Path

import pytest

from tek_gateway.errors import StoreError
from tek_gateway.log.log_entries import accepted_entry
from tek_gateway.store.changes import Change
from tek_gateway.store.session_records import SessionRecord
from tek_gateway.store.sqlite.sqlite_store import open_store
from tek_protocol.chat import ChatSend

SESSION = SessionRecord("a", "session:a", "echo", "2026-01-01T00:00:00.000+00:00")


async def test_only_the_owner_may_read_what_is_stored(tmp_path: Path) -> None:
    store = await open_store(tmp_path / "made" / "here")
    message = accepted_entry(ChatSend("m", "one"))
    await store.commit([Change("a", [message], creates=SESSION)])

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
