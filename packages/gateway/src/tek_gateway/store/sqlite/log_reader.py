"""Reads the log from SQLite, in the reading thread."""

import sqlite3
from collections.abc import Generator
from contextlib import contextmanager

from tek_gateway.errors import StoreError
from tek_gateway.log.answer_folding import Standing, fold_pieces
from tek_gateway.log.log_entries import (
    END_TYPE,
    MESSAGE_TYPE,
    STREAM_TYPES,
    DraftEntry,
    Entry,
    Message,
)
from tek_gateway.log.log_positions import Extent, Skip
from tek_gateway.log.message_history import CONTEXT_LIMIT, latest_messages
from tek_gateway.store.session_records import OwedTurn, SessionRecord, StaleSession, TurnContext
from tek_protocol.chat import SessionInfo

PAGE_ROWS = 256
PAGE_BYTES = 262_144
"""A page ends with the entry that reaches one of these; it always holds one, however large."""

KNOWN = (
    "SELECT 1 FROM entries WHERE session_id = ? AND message_id = ? AND request_id IS NULL LIMIT 1"
)
"""Finds a user's message by session and id, through its index."""

_MESSAGES = (
    "SELECT body FROM entries e WHERE session_id = ? AND type = ? AND NOT EXISTS"
    " (SELECT 1 FROM owed o WHERE o.session_id = e.session_id AND o.seq = e.seq)"
    " ORDER BY seq DESC"
)
_SESSION = (
    "SELECT session_id, session_key, model, created_at, principal FROM sessions"
    " WHERE session_id = ? AND principal = ?"
)
_SESSIONS = (
    "SELECT session_id, session_key, model, created_at,"
    " (SELECT count(*) FROM entries e WHERE e.session_id = s.session_id AND e.type IN (?1, ?2)),"
    " coalesce(nullif(title, ''), (SELECT substr(json_extract(e.body, '$.content'), 1, 100)"
    " FROM entries e WHERE e.session_id = s.session_id AND e.type = ?1 ORDER BY seq LIMIT 1), '')"
    " FROM sessions s WHERE principal = ?4 AND size > 0 ORDER BY number DESC LIMIT ?3"
)
_LAST = "SELECT coalesce(max(seq), 0) FROM entries WHERE session_id = ? AND seq <= ?"
_HEAD = (
    "SELECT (SELECT coalesce(max(seq), 0) FROM entries WHERE session_id = ?1)"
    " FROM sessions WHERE session_id = ?1 AND principal = ?2"
)
_SKIPS = "SELECT low, high FROM skips WHERE session_id = ?"
_PAGE = (
    "SELECT seq, type, message_id, request_id, body FROM entries"
    " WHERE session_id = ? AND seq > ? ORDER BY seq LIMIT ?"
)
_EMPTY = "SELECT session_id FROM sessions WHERE principal = ? AND size = 0 AND used_at < ?"
_STALE = (
    "SELECT session_id, used_at, size FROM sessions s WHERE NOT EXISTS"
    " (SELECT 1 FROM owed o WHERE o.session_id = s.session_id) ORDER BY used_at, number"
)
_OWED = "SELECT session_id, seq, request_id, accepted_at, plain FROM owed ORDER BY session_id, seq"
_BODY = "SELECT body FROM entries WHERE session_id = ? AND seq = ?"
_STREAM = (
    "SELECT body FROM entries WHERE session_id = ? AND seq > ? AND request_id = ?"
    " AND type IN (?, ?, ?) ORDER BY seq"
)


class LogReader:
    """Reads what is committed when a method is called; raises `sqlite3.Error`."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def find(self, session_id: str, principal: str) -> SessionRecord | None:
        """Return the session, or None if it does not exist or is another principal's."""
        row = self._database.execute(_SESSION, (session_id, principal)).fetchone()
        return None if row is None else SessionRecord(*row)

    def extent(self, session_id: str, principal: str) -> Extent | None:
        """Return the extent of a session's log, or None as `find` does."""
        with self._snapshot():
            row = self._database.execute(_HEAD, (session_id, principal)).fetchone()
            skips = self._database.execute(_SKIPS, (session_id,)).fetchall()
        return None if row is None else Extent(row[0], tuple(Skip(*skip) for skip in skips))

    def page(self, session_id: str, cursor: int) -> list[Entry]:
        """Return one page of entries after `cursor`."""
        entries: list[Entry] = []
        size = 0
        with self._snapshot():
            (prev,) = self._database.execute(_LAST, (session_id, cursor)).fetchone()
            for seq, *fields in self._database.execute(_PAGE, (session_id, cursor, PAGE_ROWS)):
                draft = DraftEntry(*fields)
                entries.append(Entry(session_id, seq, prev, draft))
                prev = seq
                size += len(draft.body)
                if size > PAGE_BYTES:
                    break
        return entries

    def owed(self) -> list[OwedTurn]:
        """Return all messages whose turns have not ended."""
        return [OwedTurn(*row, plain=bool(plain)) for *row, plain in self._database.execute(_OWED)]

    def turn_context(self, owed: OwedTurn, limit: int) -> TurnContext:
        """Return the context of the turn `owed`, with a history of at most `limit` characters."""
        place = (owed.session_id, owed.seq)
        with self._snapshot():
            prompt = self._database.execute(_BODY, place).fetchone()
            if prompt is None:
                reason = "a message that is owed an answer is not there"
                raise StoreError(reason)
            (asked,) = latest_messages(prompt, limit=len(prompt[0]))
            history = self.context(owed.session_id, limit) if limit else ()
            return TurnContext(asked.content, history, self._standing(owed), asked.model)

    def context(self, session_id: str, limit: int = CONTEXT_LIMIT) -> tuple[Message, ...]:
        """Return the latest messages of a session, oldest first, without those that wait."""
        rows = self._database.execute(_MESSAGES, (session_id, MESSAGE_TYPE))
        return latest_messages((body for (body,) in rows), limit)

    def knows(self, session_id: str, message_id: str) -> bool:
        """Return whether a session has the user's message of that id."""
        return self._database.execute(KNOWN, (session_id, message_id)).fetchone() is not None

    def sessions(self, limit: int, principal: str) -> tuple[SessionInfo, ...]:
        """Return the principal's `limit` newest sessions that are not empty, newest first."""
        wanted = (MESSAGE_TYPE, END_TYPE, limit, principal)
        return tuple(SessionInfo(*row) for row in self._database.execute(_SESSIONS, wanted))

    def count(self) -> int:
        """Return the number of sessions that are not empty."""
        return self._number("SELECT count(*) FROM sessions WHERE size > 0")

    def count_of(self, principal: str) -> int:
        """Return the number of the principal's sessions, including empty ones."""
        return self._number("SELECT count(*) FROM sessions WHERE principal = ?", principal)

    def empty_of(self, principal: str, before: float) -> list[str]:
        """Return the ids of the principal's empty sessions created before `before`."""
        rows = self._database.execute(_EMPTY, (principal, before))
        return [session_id for (session_id,) in rows]

    def stale(self) -> list[StaleSession]:
        """Return the sessions that owe no turn, ordered by last use, oldest first."""
        return [StaleSession(*row) for row in self._database.execute(_STALE)]

    def _number(self, query: str, *values: str) -> int:
        (number,) = self._database.execute(query, values).fetchone()
        return number

    def _standing(self, owed: OwedTurn) -> Standing:
        turn = (owed.session_id, owed.seq, owed.request_id)
        rows = self._database.execute(_STREAM, (*turn, *STREAM_TYPES))
        return fold_pieces(body for (body,) in rows)

    @contextmanager
    def _snapshot(self) -> Generator[None]:
        """Run several statements on one snapshot."""
        self._database.execute("BEGIN")
        try:
            yield
        finally:
            self._database.execute("COMMIT")
