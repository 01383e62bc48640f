"""Writes changes to the log in SQLite, many in one transaction, in the writing thread.

Each statement releases the interpreter lock, and getting it back from a busy loop takes
milliseconds. So rows are gathered and written with as few statements as possible.
"""

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from shutil import disk_usage

from msgspec.structs import replace

from tek_gateway.errors import SessionFull, StorageFull, StoreError
from tek_gateway.log.log_entries import STREAM_TYPES, Entry, FoldedEnd
from tek_gateway.log.log_positions import SKIP, place_entries
from tek_gateway.store.changes import Change, Result
from tek_gateway.store.session_records import SessionRecord
from tek_gateway.store.sqlite.log_reader import KNOWN
from tek_local.crash_points import crash_point

PLACES_LIMIT = 10_000
"""Sessions whose ends are remembered, so that they need not be looked up."""

ROOM = 2**20
"""Bytes that have to be free before a full disk counts as one with room again."""

ROWS_LIMIT = 256
"""Rows in one statement. All sizes are powers of two, so that few statements are prepared."""

_ADD_SESSION = (
    "INSERT INTO sessions (session_id, session_key, model, created_at, principal, start, used_at)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, CAST(strftime('%s', ?4) AS REAL))"
)
_PLACE = (
    "SELECT start, (SELECT coalesce(max(seq), 0) FROM entries WHERE session_id = ?1),"
    " (SELECT coalesce(max(high), 0) FROM skips WHERE session_id = ?1)"
    " FROM sessions WHERE session_id = ?1"
)
_ADD_SKIP = "INSERT INTO skips (session_id, low, high) VALUES (?, ?, ?)"
_RENAME = "UPDATE sessions SET title = ? WHERE session_id = ?"
_DELETE = "DELETE FROM sessions WHERE session_id = ?"
_GROW = (
    "UPDATE sessions SET size = size + ?, used_at = max(used_at, ?)"
    " WHERE session_id = ? AND size <= ?"
)
_STREAMED = (
    "SELECT coalesce(sum(length(CAST(body AS BLOB))), 0) FROM entries"
    " WHERE session_id = ? AND seq > ? AND request_id = ?"
)
_UNLIMITED = 2**62
_NO_SESSION = "there is no such session"
_STARTED = "UPDATE sessions SET start = ? WHERE session_id = ?"
_ADD_ENTRIES = "INSERT INTO entries (session_id, seq, type, message_id, request_id, body) VALUES "
_FOLD = (
    "DELETE FROM entries WHERE session_id = ? AND seq > ? AND request_id = ? AND type IN (?, ?, ?)"
)
_LAST = "SELECT coalesce(max(seq), 0) FROM entries WHERE session_id = ?"
_OWE = "INSERT INTO owed (session_id, seq, request_id, accepted_at, plain) VALUES (?, ?, ?, ?, ?)"
_SETTLE = "DELETE FROM owed WHERE session_id = ? AND seq = ?"


class LogWriter:
    """Writes for one run of a gateway; `start` is the number of unclean starts.

    `skip` is how many positions a session skips that was last written before the latest start.
    """

    def __init__(
        self, database: sqlite3.Connection, start: int, folder: Path, skip: int = SKIP
    ) -> None:
        self._database = database
        self._folder = folder
        self._start = start
        self._skip = skip
        self._places: dict[str, tuple[int, int]] = {}
        self._rows: list[Entry] = []
        (kept,) = database.execute("SELECT unclean FROM starts").fetchone()
        self._is_counted = kept == start

    @property
    def is_counted(self) -> bool:
        """Whether the file has counted this start; otherwise its positions could be used again."""
        return self._is_counted

    def commit(self, changes: Sequence[Change]) -> list[Result]:
        """Make `changes` durable: together, or each by itself if that fails."""
        try:
            return self._commit(changes)
        except sqlite3.Error as error:
            if self._is_full(error):  # one statement for all, since single ones are slow
                return [StorageFull(str(error)) for _ in changes]
            if len(changes) == 1:
                return [StoreError(str(error))]
        except StoreError as error:
            if len(changes) == 1:
                return [error]
        failed: dict[str, Result] = {}
        results: list[Result] = []
        for change in changes:
            result = failed.get(change.session_id) or self.commit([change])[0]
            if isinstance(result, StoreError):
                failed[change.session_id] = result
            results.append(result)
        return results

    def has_room(self) -> bool:
        """Return whether there is room for a write and `ROOM` more."""
        if self._is_short():
            return False
        try:
            self._database.execute("UPDATE starts SET unclean = unclean")
        except sqlite3.Error:
            return False
        return True

    def compact(self) -> None:
        """Return unused space to the disk; raises `sqlite3.Error`."""
        self._database.execute("VACUUM")

    def _is_short(self) -> bool:
        try:
            return disk_usage(self._folder).free < ROOM
        except OSError:
            return False

    def _is_full(self, error: sqlite3.Error) -> bool:
        """Return whether `error` means a full disk, as far as SQLite can tell."""
        code: int = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK)
        if code == sqlite3.SQLITE_FULL:
            return True
        # SQLite reports some failed writes without a reason.
        return code & 0xFF == sqlite3.SQLITE_IOERR and self._is_short()

    def _commit(self, changes: Sequence[Change]) -> list[Result]:
        if len(self._places) > PLACES_LIMIT:
            self._places.clear()
        try:
            self._database.execute("BEGIN IMMEDIATE")
            if not self._is_counted:
                self._database.execute("UPDATE starts SET unclean = ?", (self._start,))
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
        self._is_counted = True
        crash_point("after-commit")
        return made

    def _make(self, change: Change) -> Result:
        if change.creates is not None:
            self._create(change.creates)
        session_id = change.session_id
        if change.deletes:
            return self._delete(session_id)
        last, floor = self._places.get(session_id) or self._place(session_id)
        if change.once and self._has(session_id, change.drafts[0].message_id):
            return ()
        if not self._grow(change):
            return SessionFull(session_id)
        if change.title is not None:
            self._database.execute(_RENAME, (change.title, session_id))
        if change.settles is not None:
            self._settle(session_id, change.settles)
        head = last if change.ending is None else self._fold(change)
        entries = place_entries(session_id, head, change.drafts, max(last, floor))
        if change.ending is not None:
            entries = (replace(entries[0], ending=FoldedEnd(last, change.ending)), *entries[1:])
        if change.owed_since is not None:
            asked = (session_id, entries[0].seq, entries[0].draft.message_id)
            self._database.execute(_OWE, (*asked, change.owed_since, change.plain))
        if entries:
            self._rows += entries
            self._places[session_id] = (entries[-1].seq, floor)
        return entries

    def _create(self, session: SessionRecord) -> None:
        named = (session.session_id, session.session_key, session.model, session.created_at)
        self._database.execute(_ADD_SESSION, (*named, session.principal, self._start))

    def _delete(self, session_id: str) -> tuple[Entry, ...]:
        self._write_rows()
        self._places.pop(session_id, None)
        if self._database.execute(_DELETE, (session_id,)).rowcount != 1:
            raise StoreError(_NO_SESSION)
        return ()

    def _place(self, session_id: str) -> tuple[int, int]:
        found = self._database.execute(_PLACE, (session_id,)).fetchone()
        if found is None:
            raise StoreError(_NO_SESSION)
        start, last, floor = found
        if start < self._start:
            low = max(last, floor)
            floor = low + self._skip
            self._database.execute(_ADD_SKIP, (session_id, low, floor))
            self._database.execute(_STARTED, (self._start, session_id))
        self._places[session_id] = (last, floor)
        return last, floor

    def _grow(self, change: Change) -> bool:
        """Add to the size of a session; return False if it is too large."""
        kept = [draft for draft in change.drafts if draft.type not in STREAM_TYPES]
        if not kept:
            return True
        size = sum(len(draft.body.encode()) for draft in kept)
        if change.settles is not None and change.ending is None:  # its deltas stay, too
            self._write_rows()
            turn = (change.session_id, change.settles, kept[0].request_id)
            size += self._database.execute(_STREAMED, turn).fetchone()[0]
        most = _UNLIMITED if change.largest is None else change.largest
        grown = (size, change.owed_since or 0, change.session_id, most)
        return self._database.execute(_GROW, grown).rowcount == 1

    def _has(self, session_id: str, message_id: str | None) -> bool:
        self._write_rows()
        return self._database.execute(KNOWN, (session_id, message_id)).fetchone() is not None

    def _settle(self, session_id: str, seq: int) -> None:
        if self._database.execute(_SETTLE, (session_id, seq)).rowcount != 1:
            reason = "the turn has ended already"
            raise StoreError(reason)

    def _fold(self, change: Change) -> int:
        """Remove the entries that the answer replaces; return the position before it."""
        self._write_rows()
        turn = (change.session_id, change.settles or 0, change.drafts[0].request_id)
        self._database.execute(_FOLD, (*turn, *STREAM_TYPES))
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
