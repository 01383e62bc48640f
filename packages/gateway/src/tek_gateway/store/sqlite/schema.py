"""The tables of the SQLite store and their versions."""

import sqlite3

from tek_gateway.errors import StoreError

VERSION = 2
"""Kept in `PRAGMA user_version`; 0 is a file without tables."""

_FIRST = """
    CREATE TABLE sessions (
        number      INTEGER PRIMARY KEY AUTOINCREMENT,
        session_id  TEXT NOT NULL UNIQUE,
        session_key TEXT NOT NULL,
        model       TEXT NOT NULL,
        created_at  TEXT NOT NULL
    ) STRICT;
    CREATE TABLE entries (
        session_id  TEXT NOT NULL REFERENCES sessions (session_id) ON DELETE CASCADE,
        seq         INTEGER NOT NULL,
        type        TEXT NOT NULL,
        message_id  TEXT,
        request_id  TEXT,
        body        TEXT NOT NULL,
        PRIMARY KEY (session_id, seq)
    ) STRICT, WITHOUT ROWID;
"""

# Entries were WITHOUT ROWID once: SQLite reads the whole of a long row there to compare its key.
# `start` counts the unclean starts that a session's numbers have skipped ahead for. An entry
# without a `request_id` is a user's message: others have one, and stay out of the index. `size`
# counts the bytes of all entries but those of an answer that grows; `used_at` is in seconds since
# 1970.
_SECOND = """
    ALTER TABLE entries RENAME TO old_entries;
    CREATE TABLE entries (
        session_id  TEXT NOT NULL REFERENCES sessions (session_id) ON DELETE CASCADE,
        seq         INTEGER NOT NULL,
        type        TEXT NOT NULL,
        message_id  TEXT,
        request_id  TEXT,
        body        TEXT NOT NULL,
        PRIMARY KEY (session_id, seq)
    ) STRICT;
    INSERT INTO entries SELECT session_id, seq, type, message_id, request_id, body
        FROM old_entries ORDER BY session_id, seq;
    DROP TABLE old_entries;
    CREATE TABLE starts (unclean INTEGER NOT NULL) STRICT;
    INSERT INTO starts VALUES (0);
    ALTER TABLE sessions ADD COLUMN start INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE sessions ADD COLUMN title TEXT NOT NULL DEFAULT '';
    ALTER TABLE sessions ADD COLUMN principal TEXT NOT NULL DEFAULT 'owner';
    ALTER TABLE sessions ADD COLUMN size INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE sessions ADD COLUMN used_at REAL NOT NULL DEFAULT 0;
    UPDATE sessions SET used_at = CAST(strftime('%s', created_at) AS REAL), size = (
        SELECT coalesce(sum(length(CAST(body AS BLOB))), 0)
        FROM entries e WHERE e.session_id = sessions.session_id
    );
    CREATE INDEX sessions_by_principal ON sessions (principal);
    CREATE TABLE skips (
        session_id  TEXT NOT NULL REFERENCES sessions (session_id) ON DELETE CASCADE,
        low         INTEGER NOT NULL,
        high        INTEGER NOT NULL,
        PRIMARY KEY (session_id, low)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE owed (
        session_id  TEXT NOT NULL REFERENCES sessions (session_id) ON DELETE CASCADE,
        seq         INTEGER NOT NULL,
        request_id  TEXT NOT NULL,
        accepted_at REAL NOT NULL,
        plain       INTEGER NOT NULL,
        PRIMARY KEY (session_id, seq)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX entries_by_message ON entries (session_id, message_id)
        WHERE request_id IS NULL AND message_id IS NOT NULL;
    INSERT INTO owed
        SELECT e.session_id, e.seq, e.message_id, CAST(strftime('%s', s.created_at) AS REAL), 1
        FROM entries e JOIN sessions s USING (session_id)
        WHERE e.message_id IS NOT NULL AND e.request_id IS NULL AND NOT EXISTS (
            SELECT 1 FROM entries a WHERE a.session_id = e.session_id
            AND a.request_id = e.message_id AND a.seq > e.seq
        );
"""

_STEPS = (_FIRST, _SECOND)


def prepare(database: sqlite3.Connection) -> bool:
    """Make `database` durable and migrate its tables; return whether they were outdated.

    Raises `StoreError` for a newer file.
    """
    database.execute("PRAGMA journal_mode = WAL")
    # FULL syncs the log at every commit, so that commits survive a power loss.
    database.execute("PRAGMA synchronous = FULL")
    database.execute("PRAGMA foreign_keys = ON")
    (found,) = database.execute("PRAGMA user_version").fetchone()
    if found > VERSION:
        reason = f"its sessions were written by a newer tek-gateway (schema {found})"
        raise StoreError(reason)
    if found == VERSION:
        return False
    steps = "".join(_STEPS[found:])
    database.executescript(f"BEGIN; {steps} PRAGMA user_version = {VERSION}; COMMIT;")
    return True


def count_start(database: sqlite3.Connection, *, clean: bool) -> int:
    """Return the number of unclean starts, including this one.

    `LogWriter` stores it with its first commit: there may be no room for it yet.
    """
    (unclean,) = database.execute("SELECT unclean FROM starts").fetchone()
    return unclean if clean else unclean + 1
