"""What a chat client still knows after it was killed: outbox, transcript and cursor, in one file.

It must never stop the chat, nor hold up the loop when something is written.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Self, TypeVar
from uuid import uuid4

from filelock import Timeout

from reconnect_core import Applied, Change, Contents, Received
from tek_chat.journal import rows
from tek_chat.journal.lock import JournalLock, starting
from tek_chat.journal.rows import KeptMessage
from tek_chat.journal.schema import (
    JournalDamaged,
    JournalError,
    JournalTooNew,
    journal_path,
    journal_paths,
    make_private,
    open_database,
    told_as_ours,
)
from tek_chat.journal.thread import JournalThread

__all__ = [
    "Journal",
    "JournalDamaged",
    "JournalError",
    "JournalStorage",
    "JournalTooNew",
    "KeptMessage",
    "journal_path",
    "journal_paths",
]

T = TypeVar("T")


class Journal:
    """The file that all chat clients of a user share, each with a `Journal` of its own."""

    def __init__(self, database: sqlite3.Connection, owner: JournalLock) -> None:
        self._owner = owner
        self._thread = JournalThread(database)

    @classmethod
    def open(cls, path: Path, url: str = "") -> Self:
        """Open or make the journal at `path`; blocks for milliseconds.

        `url` is the gateway that it belongs to, "" for this machine's own.

        Raises `JournalError`, of which `JournalTooNew` and `JournalDamaged` leave the file alone:
        a chat goes on without a journal.
        """
        with told_as_ours():
            make_private(path)
            try:
                with starting(path):
                    owner = JournalLock(path).open()
                    try:
                        database = open_database(path)
                        if url:
                            rows.name_gateway(database, url)
                        return cls(database, owner)
                    except BaseException:
                        owner.close()
                        raise
            except Timeout as error:
                reason = "another client has been opening the journal for too long"
                raise JournalError(reason) from error

    def storage(self, session_id: str) -> "JournalStorage":
        """Return what is kept of a session, and keeps it; "" is a session about to be made.

        What clients that were killed, or an earlier storage of this journal, have left unsent
        there is taken over; of unsent drafts "" takes the oldest. It blocks as long as `open`,
        and raises nothing: what is wrong is raised by `load`.
        """
        return JournalStorage(
            self._thread, rows.OutboxRow(uuid4().hex, self._owner.name, session_id), self._owner
        )

    def unsent(self) -> Sequence[str]:
        """Return the sessions, oldest first, in which killed clients left messages unsent.

        Each "" is a draft. Whoever opens them all sends everything. Raises `JournalError`.
        """
        return self._thread.now(lambda it: rows.unsent(it, self._owner.is_gone)).result()

    def last_session(self) -> str:
        """Return the session to begin with: the first of `unsent`, or the last one used.

        "" is a new session. Raises `JournalError`.
        """
        left = self.unsent()
        return left[0] if left else self._thread.now(rows.last_used).result()

    def forget(self, session_id: str) -> None:
        """Remove a session that was deleted, and what other clients had left for it.

        Raises `JournalError`.
        """
        self._thread.now(lambda it: rows.forget(it, session_id, self._owner.is_gone)).result()

    def url(self) -> str:
        """Return the gateway that it belongs to; "" is this machine's own, or an unknown one.

        Raises `JournalError`.
        """
        return self._thread.now(rows.gateway).result()

    def outbox(self) -> Sequence[KeptMessage]:
        """Return what every client has kept unsent or set aside, oldest first.

        Raises `JournalError`.
        """
        return self._thread.now(lambda it: rows.kept(it, self._owner.is_gone)).result()

    def drop(self, message_ids: Sequence[str]) -> int:
        """Forget messages that no living client has; returns how many there were.

        Raises `JournalError`.
        """
        return self._thread.now(lambda it: rows.drop(it, message_ids, self._owner.is_gone)).result()

    async def close(self) -> None:
        """Write what waits, and let other clients have what was not sent."""
        try:
            await asyncio.wrap_future(self._thread.close())
        finally:
            self._owner.close()


class JournalStorage:
    """One session's part of the journal: a `reconnect_core.Storage`.

    `transcript` are the entries that were applied up to the cursor that `load` returns, folded:
    a view that was shown them is where the session goes on.
    """

    def __init__(self, thread: JournalThread, box: rows.OutboxRow, owner: JournalLock) -> None:
        self._thread = thread
        self._box = box
        self._owner = owner
        self._failed: JournalError | None = None
        self._contents = Contents(box.session_id)
        self.transcript: Sequence[Received] = ()
        try:
            self._contents, self.transcript = thread.now(self._read).result()
        except JournalError as error:
            self._failed = error

    def load(self, session_id: str) -> Contents:
        """Return what was kept when the storage was made; raises `JournalError`.

        Raises `ValueError` for another session than it was made for.
        """
        if session_id not in {"", self._contents.session_id}:
            reason = "a storage keeps the session that it was made for"
            raise ValueError(reason)
        if self._failed is not None:
            raise self._failed
        return self._contents

    async def commit(self, changes: Sequence[Change]) -> None:
        """Write `changes`; those that only advance the transcript a little later, with others.

        Raises `JournalError`, and from then on always: what follows a gap means nothing.
        """
        if self._failed is not None:
            raise self._failed
        if all(isinstance(each, Applied) for each in changes):
            self._thread.later(self._write(changes), self._fail)
            return
        try:
            await asyncio.wrap_future(self._thread.now(self._write(changes)))
        except JournalError as error:
            self._fail(error)
            raise

    def _write(self, changes: Sequence[Change]) -> Callable[[sqlite3.Connection], None]:
        return lambda database: rows.write(database, self._box, changes)

    def _read(self, database: sqlite3.Connection) -> tuple[Contents, tuple[Received, ...]]:
        rows.take_over(database, self._box, self._owner.is_gone)
        found = rows.contents(database, self._box)
        return found, rows.transcript(database, found.session_id)

    def _fail(self, error: JournalError) -> None:
        self._failed = error
