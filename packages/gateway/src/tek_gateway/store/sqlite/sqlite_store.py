"""The store in one SQLite file. One thread writes and another reads; the loop never waits."""

import asyncio
import logging
import secrets
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import TypeVar

from tek_gateway.errors import StoreError
from tek_gateway.log.log_entries import Entry, Message
from tek_gateway.log.log_positions import SKIP, SKIPS, Extent
from tek_gateway.log.message_history import CONTEXT_LIMIT
from tek_gateway.store.changes import Change, Result
from tek_gateway.store.session_records import OwedTurn, SessionRecord, StaleSession, TurnContext
from tek_gateway.store.sqlite.clean_mark import mark_clean, take_mark
from tek_gateway.store.sqlite.folder_lock import lock_folder, make_private
from tek_gateway.store.sqlite.log_reader import LogReader
from tek_gateway.store.sqlite.log_writer import LogWriter
from tek_gateway.store.sqlite.schema import count_start, prepare
from tek_protocol import DecodeError
from tek_protocol.chat import SessionInfo

R = TypeVar("R")

FILE = "sessions.sqlite"
"""The name of the file in its folder."""

_logger = logging.getLogger(__name__)


class SqliteStore:
    """A `Store` in a folder of its own; `open_store` makes one."""

    def __init__(self, folder: Path) -> None:
        """Open the store; raises `OSError`, `sqlite3.Error` and `StoreError`."""
        self._file = folder / FILE
        with ExitStack() as opened:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            opened.callback(lock_folder(folder).close)
            clean = take_mark(self._file)
            make_private(self._file)  # SQLite gives its -wal and -shm the mode of the file itself
            writing, reading = _connected(self._file), _connected(self._file)
            opened.callback(self._mark)
            opened.callback(writing.close)
            opened.callback(reading.close)
            if not clean:
                _check(writing)
            clean = prepare(writing) or clean  # no position in an older file was ever sent
            skip = SKIP * (1 + secrets.randbelow(SKIPS))
            start = count_start(writing, clean=clean)
            self._writer = LogWriter(writing, start, folder, skip)
            reading.execute("PRAGMA query_only = ON")
            self._reader = LogReader(reading)
            self._write_thread = ThreadPoolExecutor(1, "tek-gateway-write")
            self._read_thread = ThreadPoolExecutor(1, "tek-gateway-read")
            opened.callback(self._write_thread.shutdown)
            opened.callback(self._read_thread.shutdown)
            self._opened = opened.pop_all()

    async def commit(self, changes: Sequence[Change]) -> Sequence[Result]:
        """Make `changes` in order; after a failed one the later ones of its session fail, too."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._write_thread, self._writer.commit, changes)

    async def find(self, session_id: str, principal: str) -> SessionRecord | None:
        """Return the session, or None if it does not exist or is another principal's."""
        return await self._read(lambda: self._reader.find(session_id, principal))

    async def extent(self, session_id: str, principal: str) -> Extent | None:
        """Return the extent of a session's log, or None as `find` does."""
        return await self._read(lambda: self._reader.extent(session_id, principal))

    async def page(self, session_id: str, cursor: int) -> Sequence[Entry]:
        """Return one page of entries after `cursor`; none at the end of the log."""
        return await self._read(lambda: self._reader.page(session_id, cursor))

    async def owed(self) -> Sequence[OwedTurn]:
        """Return all messages whose turns have not ended, in order within each session."""
        return await self._read(self._reader.owed)

    async def turn_context(self, owed: OwedTurn, limit: int = CONTEXT_LIMIT) -> TurnContext:
        """Return the context of the turn `owed`, with a history of at most `limit` characters."""
        return await self._read(lambda: self._reader.turn_context(owed, limit))

    async def context(self, session_id: str) -> tuple[Message, ...]:
        """Return the latest messages of a session, oldest first, within `CONTEXT_LIMIT`."""
        return await self._read(lambda: self._reader.context(session_id))

    async def knows(self, session_id: str, message_id: str) -> bool:
        """Return whether a session has the user's message of that id."""
        return await self._read(lambda: self._reader.knows(session_id, message_id))

    async def sessions(self, limit: int, principal: str) -> tuple[SessionInfo, ...]:
        """Return the principal's `limit` newest sessions that are not empty, newest first."""
        return await self._read(lambda: self._reader.sessions(limit, principal))

    async def count(self) -> int:
        """Return the number of sessions that are not empty."""
        return await self._read(self._reader.count)

    async def count_of(self, principal: str) -> int:
        """Return the number of the principal's sessions, including empty ones."""
        return await self._read(lambda: self._reader.count_of(principal))

    async def empty_of(self, principal: str, before: float) -> Sequence[str]:
        """Return the ids of the principal's empty sessions created before `before`."""
        return await self._read(lambda: self._reader.empty_of(principal, before))

    async def stale(self) -> Sequence[StaleSession]:
        """Return the sessions that owe no turn, ordered by last use, oldest first."""
        return await self._read(self._reader.stale)

    async def has_room(self) -> bool:
        """Return whether the disk has room for more than one commit."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._write_thread, self._writer.has_room)

    async def compact(self) -> None:
        """Return the space of deleted sessions to the disk; raises `StoreError`."""
        loop = asyncio.get_running_loop()
        try:
            await loop.run_in_executor(self._write_thread, self._writer.compact)
        except sqlite3.Error as error:
            raise StoreError(str(error)) from error

    async def close(self) -> None:
        """Finish pending writes and release the folder."""
        await asyncio.get_running_loop().run_in_executor(None, self._opened.close)

    async def _read(self, work: Callable[[], R]) -> R:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._read_thread, work)
        except (sqlite3.Error, DecodeError) as error:
            raise StoreError(str(error)) from error

    def _mark(self) -> None:
        """Mark the file as complete, once it is closed and before the lock is released."""
        if hasattr(self, "_opened") and self._writer.is_counted:
            try:
                mark_clean(self._file)
            except OSError as error:  # disk full; the next start treats this as a crash
                _logger.warning("the stop cannot be marked as a clean one: %s", error)


async def open_store(folder: Path) -> SqliteStore:
    """Return the store in `folder`, which is created if it is missing.

    Raises `StoreError` if the folder cannot be used or another gateway uses it.
    """
    try:
        return await asyncio.to_thread(SqliteStore, folder)
    except (OSError, sqlite3.Error) as error:
        raise StoreError(str(error)) from error


def _connected(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(file, isolation_level=None, check_same_thread=False)


def _check(database: sqlite3.Connection) -> None:
    """Raise `StoreError` if the file is damaged, for example by a power loss."""
    ((found, *_),) = database.execute("PRAGMA integrity_check(1)").fetchall()
    if found != "ok":
        reason = f"its sessions are damaged ({found}): restore a backup"
        raise StoreError(reason)
