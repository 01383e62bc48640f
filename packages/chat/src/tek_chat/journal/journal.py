"""The journal: outbox, transcript and cursor of each session, in a file that survives a crash.

Its database runs in a thread, so that a write does not block the loop.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Self, TypeVar
from uuid import uuid4

from filelock import Timeout

from reconnect_core import Applied, Change, Contents, Received
from tek_chat.journal import outbox_rows, rows
from tek_chat.journal.lock import JournalLock, starting
from tek_chat.journal.outbox_rows import KeptMessage
from tek_chat.journal.schema import (
    JournalDamaged,
    JournalError,
    JournalTooNew,
    journal_errors,
    journal_path,
    journal_paths,
    make_private,
    open_database,
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
    """The journal file of a gateway, shared by all chat clients of a user; each has a `Journal`."""

    def __init__(self, database: sqlite3.Connection, owner: JournalLock) -> None:
        self._owner = owner
        self._thread = JournalThread(database)

    @classmethod
    def open(cls, path: Path, url: str = "") -> Self:
        """Open or create the journal at `path`; blocks for milliseconds.

        `url` is the gateway that it belongs to, "" for the one on this computer.

        Raises `JournalError`; on `JournalTooNew` and `JournalDamaged` the file is unchanged. A
        chat continues without a journal.
        """
        with journal_errors():
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
                reason = "another client is opening the journal; try again"
                raise JournalError(reason) from error

    def storage(self, session_id: str) -> "JournalStorage":
        """Return the storage of a session; "" is a session that does not exist yet.

        It takes over the unsent messages that killed clients, or an earlier storage of this
        journal, left in the session; for "" those of the oldest draft. It blocks as long as `open`;
        errors are raised by `load`.
        """
        return JournalStorage(
            self._thread, rows.OutboxRow(uuid4().hex, self._owner.name, session_id), self._owner
        )

    def unsent(self) -> Sequence[str]:
        """Return the sessions, oldest first, in which killed clients left messages unsent.

        Each "" is a draft. Opening them all sends everything. Raises `JournalError`.
        """
        return self._thread.now(lambda it: outbox_rows.unsent(it, self._owner.is_gone)).result()

    def last_session(self) -> str:
        """Return the session to open first: the first of `unsent`, or else the last one used.

        "" is a new session. Raises `JournalError`.
        """
        left = self.unsent()
        return left[0] if left else self._thread.now(rows.last_used).result()

    def forget(self, session_id: str) -> None:
        """Remove a deleted session, and the messages that killed clients left for it.

        Raises `JournalError`.
        """
        self._thread.now(lambda it: rows.forget(it, session_id, self._owner.is_gone)).result()

    def url(self) -> str:
        """Return the gateway that it belongs to; "" is the one on this computer, or unknown.

        Raises `JournalError`.
        """
        return self._thread.now(rows.gateway).result()

    def outbox(self) -> Sequence[KeptMessage]:
        """Return the unsent, uncertain and failed messages of every client, oldest first.

        Raises `JournalError`.
        """
        return self._thread.now(lambda it: outbox_rows.kept(it, self._owner.is_gone)).result()

    def drop(self, message_ids: Sequence[str]) -> int:
        """Delete messages that no running client holds; returns how many.

        Raises `JournalError`.
        """
        return self._thread.now(
            lambda it: outbox_rows.drop(it, message_ids, self._owner.is_gone)
        ).result()

    async def close(self) -> None:
        """Write what is queued, and release the unsent messages to other clients."""
        try:
            await asyncio.wrap_future(self._thread.close())
        finally:
            self._owner.close()


class JournalStorage:
    """One session's part of the journal: a `reconnect_core.Storage`.

    `transcript` has the entries up to the cursor that `load` returns, folded: a view that has
    received them is up to date.
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
        """Return the contents as of the creation of the storage; raises `JournalError`.

        Raises `ValueError` for any other session.
        """
        if session_id not in {"", self._contents.session_id}:
            reason = "a storage holds only the session that it was created for"
            raise ValueError(reason)
        if self._failed is not None:
            raise self._failed
        return self._contents

    async def commit(self, changes: Sequence[Change]) -> None:
        """Write `changes`; if they only extend the transcript, a little later in a batch.

        Raises `JournalError`, and after a failure always: entries after a gap are useless.
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
