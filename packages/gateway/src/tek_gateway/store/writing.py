"""Changes to the log in SQLite, many in one transaction. It must never run in the loop's thread.

The interpreter's lock is given up at every statement, and to get it back from a busy loop takes
milliseconds: rows are gathered and written with as few statements as there can be.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import replace

from tek_gateway import log
from tek_gateway.crash_points import crash_point
from tek_gateway.errors import StoreError
from tek_gateway.log import Ending, Entry
from tek_gateway.store import Change, Result, Session
from tek_gateway.store.reading import KNOWN

PLACES_LIMIT = 10_000
"""Sessions whose ends are remembered, so that they need not be looked up."""

ROWS_LIMIT = 256
"""Rows a statement; a power of two, as all sizes are, so that few statements are prepared."""

_ADD_SESSION = (
    "INSERT INTO sessions (session_id, session_key, model, created_at, start)"
    " VALUES (?, ?, ?, ?, ?)"
)
_PLACE = (
    "SELECT start, (SELECT coalesce(max(seq), 0) FROM entries WHERE session_id = ?1),"
    " (SELECT coalesce(max(high), 0) FROM skips WHERE session_id = ?1)"
    " FROM sessions WHERE session_id = ?1"
)
_ADD_SKIP = "INSERT INTO skips (session_id, low, high) VALUES (?, ?, ?)"
_STARTED = "UPDATE sessions SET start = ? WHERE session_id = ?"
_ADD_ENTRIES = "INSERT INTO entries (session_id, seq, type, message_id, request_id, body) VALUES "
_FOLD = "DELETE FROM entries WHERE session_id = ? AND seq > ? AND request_id = ? AND type IN (?, ?)"
_LAST = "SELECT coalesce(max(seq), 0) FROM entries WHERE session_id = ?"
_OWE = "INSERT INTO owed (session_id, seq, request_id, accepted_at) VALUES (?, ?, ?, ?)"
_SETTLE = "DELETE FROM owed WHERE session_id = ? AND seq = ?"


class Writer:
    """Writes for as long as one gateway runs; `start` counts the unclean starts until then.

    `skip` is how many numbers a session leaves out that was last written before the latest.
    """

    def __init__(self, database: sqlite3.Connection, start: int, skip: int = log.SKIP) -> None:
        self._database = database
        self._start = start
        self._skip = skip
        self._places: dict[str, tuple[int, int]] = {}
        self._rows: list[Entry] = []

    def commit(self, changes: Sequence[Change]) -> list[Result]:
        """Make `changes` durable, together if that goes well, else each by itself."""
        try:
            return [*self._commit(changes)]
        except (sqlite3.Error, StoreError) as error:
            if len(changes) == 1:
                return [StoreError(str(error))]
        failed: dict[str, Result] = {}
        results: list[Result] = []
        for change in changes:
            result = failed.get(change.session_id) or self.commit([change])[0]
            if isinstance(result, StoreError):
                failed[change.session_id] = result
            results.append(result)
        return results

    def _commit(self, changes: Sequence[Change]) -> list[tuple[Entry, ...]]:
        if len(self._places) > PLACES_LIMIT:
            self._places.clear()
        try:
            self._database.execute("BEGIN IMMEDIATE")
            made = [self._make(change) for change in changes]
            self._write_rows()
            crash_point("before-commit")
            self._database.execute("COMMIT")
        except BaseException:
            self._places.clear()
            self._rows.clear()
            if self._database.in_transaction:
                self._database.execute("ROLLBACK")
            raise
        crash_point("after-commit")
        return made

    def _make(self, change: Change) -> tuple[Entry, ...]:
        if change.creates is not None:
            self._create(change.creates)
        session_id = change.session_id
        last, floor = self._places.get(session_id) or self._place(session_id)
        if change.once and self._has(session_id, change.drafts[0].message_id):
            return ()
        if change.settles is not None:
            self._settle(session_id, change.settles)
        head = last if change.ending is None else self._fold(change)
        entries = log.placed(session_id, head, change.drafts, max(last, floor))
        if change.ending is not None:
            entries = (replace(entries[0], ending=Ending(last, change.ending)), *entries[1:])
        if change.owed_since is not None:
            owed = (session_id, entries[0].seq, entries[0].draft.message_id, change.owed_since)
            self._database.execute(_OWE, owed)
        if entries:
            self._rows += entries
            self._places[session_id] = (entries[-1].seq, floor)
        return entries

    def _create(self, session: Session) -> None:
        row = (session.session_id, session.session_key, session.model, session.created_at)
        self._database.execute(_ADD_SESSION, (*row, self._start))

    def _place(self, session_id: str) -> tuple[int, int]:
        found = self._database.execute(_PLACE, (session_id,)).fetchone()
        if found is None:
            reason = "there is no such session"
            raise StoreError(reason)
        start, last, floor = found
        if start < self._start:
            low = max(last, floor)
            floor = low + self._skip
            self._database.execute(_ADD_SKIP, (session_id, low, floor))
            self._database.execute(_STARTED, (self._start, session_id))
        self._places[session_id] = (last, floor)
        return last, floor

    def _has(self, session_id: str, message_id: str | None) -> bool:
        self._write_rows()
        return self._database.execute(KNOWN, (session_id, message_id)).fetchone() is not None

    def _settle(self, session_id: str, seq: int) -> None:
        if self._database.execute(_SETTLE, (session_id, seq)).rowcount != 1:
            reason = "the turn has ended already"
            raise StoreError(reason)

    def _fold(self, change: Change) -> int:
        """Remove what the answer replaces, and return the number of the entry before it."""
        self._write_rows()
        turn = (change.session_id, change.settles or 0, change.drafts[0].request_id)
        self._database.execute(_FOLD, (*turn, log.START_TYPE, log.DELTA_TYPE))
        (last,) = self._database.execute(_LAST, (change.session_id,)).fetchone()
        return last

    def _write_rows(self) -> None:
        rows, self._rows = self._rows, []
        at = 0
        while at < len(rows):
            size = min(ROWS_LIMIT, 1 << ((len(rows) - at).bit_length() - 1))
            values = [value for entry in rows[at : at + size] for value in _row(entry)]
            statement = _ADD_ENTRIES + ",".join(["(?, ?, ?, ?, ?, ?)"] * size)
            self._database.execute(statement, values)
            at += size


def _row(entry: Entry) -> tuple[str, int, str, str | None, str | None, str]:
    draft = entry.draft
    place = (entry.session_id, entry.seq)
    return (*place, draft.type, draft.message_id, draft.request_id, draft.body)
