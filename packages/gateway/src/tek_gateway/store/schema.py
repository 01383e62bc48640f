"""The tables of the SQLite store and their versions. It must never read or write a session."""

import sqlite3

from tek_gateway.errors import StoreError

VERSION = 1
"""Kept in `PRAGMA user_version`; 0 is a file without tables."""

_TABLES = """
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


def prepare(database: sqlite3.Connection) -> None:
    """Make `database` durable and give it its tables; raises `StoreError` for a newer file."""
    database.execute("PRAGMA journal_mode = WAL")
    # FULL syncs the log at every commit: what was committed survives a loss of power as well.
    database.execute("PRAGMA synchronous = FULL")
    database.execute("PRAGMA foreign_keys = ON")
    (found,) = database.execute("PRAGMA user_version").fetchone()
    if found > VERSION:
        reason = f"its sessions were written by a newer tek-gateway (schema {found})"
        raise StoreError(reason)
    if found == 0:
        database.executescript(f"BEGIN; {_TABLES} PRAGMA user_version = {VERSION}; COMMIT;")
