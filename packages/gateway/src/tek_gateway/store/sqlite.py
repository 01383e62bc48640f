"""Sessions in one SQLite file, written and read by one thread of its own.

It must never touch the database from the event loop's thread.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from tek_gateway import log
from tek_gateway.errors import StoreError
from tek_gateway.log import Draft, Entry, Message
from tek_gateway.store import Session
from tek_gateway.store.lock import lock_folder, make_private
from tek_gateway.store.schema import prepare
from tek_protocol import DecodeError
from tek_protocol.chat import SessionInfo

R = TypeVar("R")

_HEAD = "SELECT coalesce(max(seq), 0) FROM entries WHERE session_id = ?"
_ADD_SESSION = (
    "INSERT INTO sessions (session_id, session_key, model, created_at) VALUES (?, ?, ?, ?)"
)
_ADD_ENTRY = (
    "INSERT INTO entries (session_id, seq, type, message_id, request_id, body)"
    " VALUES (?, ?, ?, ?, ?, ?)"
)
_MESSAGES = "SELECT body FROM entries WHERE session_id = ? AND type = ? ORDER BY seq DESC"
_SESSION = "SELECT session_id, session_key, model, created_at FROM sessions WHERE session_id = ?"
_SESSIONS = (
    "SELECT session_id, session_key, model, created_at,"
    " (SELECT count(*) FROM entries e WHERE e.session_id = s.session_id AND e.type = ?)"
    " FROM sessions s ORDER BY number DESC LIMIT ?"
)


class SqliteStore:
    """A `Store` in a folder of its own; make one with `open_store`."""

    def __init__(
        self, thread: ThreadPoolExecutor, database: sqlite3.Connection, lock: sqlite3.Connection
    ) -> None:
        self._thread = thread
        self._database = database
        self._lock = lock

    async def create(self, session: Session, drafts: Sequence[Draft]) -> tuple[Entry, ...]:
        """Add `session` with the first entries of its log, both or neither."""
        row = (session.session_id, session.session_key, session.model, session.created_at)

        def work() -> tuple[Entry, ...]:
            with self._database:
                self._database.execute(_ADD_SESSION, row)
                return self._add(session.session_id, drafts)

        return await self._run(work)

    async def append(self, session_id: str, drafts: Sequence[Draft]) -> tuple[Entry, ...]:
        """Add entries at the end of a known session's log, all or none."""

        def work() -> tuple[Entry, ...]:
            with self._database:
                return self._add(session_id, drafts)

        return await self._run(work)

    async def find(self, session_id: str) -> Session | None:
        """Return the session of that id, if it is known."""

        def work() -> Session | None:
            row = self._database.execute(_SESSION, (session_id,)).fetchone()
            return None if row is None else Session(*row)

        return await self._run(work)

    async def context(self, session_id: str) -> tuple[Message, ...]:
        """Return the latest messages of a session, oldest first, as far as a model reads them."""

        def work() -> tuple[Message, ...]:
            rows = self._database.execute(_MESSAGES, (session_id, log.MESSAGE_TYPE))
            return log.context(body for (body,) in rows)

        return await self._run(work)

    async def sessions(self, limit: int) -> tuple[SessionInfo, ...]:
        """Return the `limit` newest sessions, newest first."""

        def work() -> tuple[SessionInfo, ...]:
            rows = self._database.execute(_SESSIONS, (log.MESSAGE_TYPE, limit))
            return tuple(SessionInfo(*row) for row in rows)

        return await self._run(work)

    async def count(self) -> int:
        """Return how many sessions there are."""
        return await self._run(lambda: self._number("SELECT count(*) FROM sessions"))

    async def close(self) -> None:
        """Give up the folder once everything asked for before is written."""
        await self._run(self._database.close)
        await self._run(self._lock.close)
        self._thread.shutdown()

    def _add(self, session_id: str, drafts: Sequence[Draft]) -> tuple[Entry, ...]:
        entries = log.placed(session_id, self._number(_HEAD, session_id), drafts)
        self._database.executemany(_ADD_ENTRY, [_row(entry) for entry in entries])
        return entries

    def _number(self, query: str, *values: str) -> int:
        (number,) = self._database.execute(query, values).fetchone()
        return number

    async def _run(self, work: Callable[[], R]) -> R:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except (sqlite3.Error, DecodeError) as error:
            raise StoreError(str(error)) from error


async def open_store(folder: Path) -> SqliteStore:
    """Return the store in `folder`, which is made if need be.

    Raises `StoreError` if the folder cannot be used or another gateway uses it.
    """
    thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="tek-gateway-store")
    try:
        opening = asyncio.get_running_loop().run_in_executor(thread, _open, folder)
        return SqliteStore(thread, *await opening)
    except (OSError, sqlite3.Error) as error:
        thread.shutdown(wait=False)
        raise StoreError(str(error)) from error
    except BaseException:
        thread.shutdown(wait=False)
        raise


def _open(folder: Path) -> tuple[sqlite3.Connection, sqlite3.Connection]:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = lock_folder(folder)
    try:
        file = folder / "sessions.sqlite"
        make_private(file)  # SQLite gives its -wal and -shm the mode of the file itself
        database = sqlite3.connect(file, check_same_thread=False)
    except BaseException:
        lock.close()
        raise
    try:
        prepare(database)
    except BaseException:
        database.close()
        lock.close()
        raise
    return database, lock


def _row(entry: Entry) -> tuple[str, int, str, str | None, str | None, str]:
    draft = entry.draft
    place = (entry.session_id, entry.seq)
    return (*place, draft.type, draft.message_id, draft.request_id, draft.body)
