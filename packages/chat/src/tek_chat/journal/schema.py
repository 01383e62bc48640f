"""Creates, checks and opens the journal file; a file that it cannot use is left unchanged."""

import os
import re
import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from tek_local.runtime_file import data_dir

VERSION = 2
"""The schema version, in `PRAGMA user_version`; 0 is a file without tables."""

_NAME_LIMIT = 100
"""Characters of an address that become part of a file's name."""

_BUSY_TIMEOUT = 2.0
"""Seconds to wait for another client's transaction, which takes milliseconds."""

# `used` orders the sessions by their latest use. `copy` counts how often the local copy of a
# session was restarted. An entry has a `request_id` while it may still be folded, and a
# `message_id` if it acknowledges a message. A box is the outbox of one storage, and `owner` is the
# client that holds it; its `session_id` is '' before the session exists.
_TABLES = """
    CREATE TABLE sessions (
        session_id TEXT PRIMARY KEY,
        used       INTEGER NOT NULL,
        cursor     INTEGER NOT NULL DEFAULT 0,
        copy       INTEGER NOT NULL DEFAULT 1
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE entries (
        session_id TEXT NOT NULL REFERENCES sessions (session_id) ON DELETE CASCADE,
        seq        INTEGER NOT NULL,
        request_id TEXT,
        message_id TEXT,
        frame      TEXT NOT NULL,
        PRIMARY KEY (session_id, seq)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX entries_by_request ON entries (session_id, request_id)
        WHERE request_id IS NOT NULL;
    CREATE INDEX entries_by_message ON entries (session_id, message_id)
        WHERE message_id IS NOT NULL;
    CREATE TABLE boxes (
        number     INTEGER PRIMARY KEY AUTOINCREMENT,
        name       TEXT NOT NULL UNIQUE,
        owner      TEXT NOT NULL,
        session_id TEXT NOT NULL
    ) STRICT;
    CREATE TABLE outbox (
        box        TEXT NOT NULL REFERENCES boxes (name) ON DELETE CASCADE,
        message_id TEXT NOT NULL,
        text       TEXT NOT NULL,
        place      TEXT NOT NULL,
        position   INTEGER NOT NULL,
        reason     TEXT NOT NULL,
        PRIMARY KEY (box, message_id)
    ) STRICT, WITHOUT ROWID;
"""

_STEPS = (_TABLES, "CREATE TABLE gateway (url TEXT NOT NULL) STRICT;")
"""The migration from each version, starting at 0, to the next."""


class JournalError(OSError):
    """The journal cannot be used; the chat can continue without it.

    JournalError          the disk is full, the file is not writable, or locked for too long
    ├── JournalTooNew     a newer version wrote it
    └── JournalDamaged    it is not a journal, or damaged
    """


class JournalTooNew(JournalError):
    """A newer version of Tek wrote the file; it is left unchanged."""


class JournalDamaged(JournalError):
    """The file is not a journal, or damaged; move it away to start a new one."""


def journal_path(url: str = "") -> Path:
    """Return the path of the journal for the gateway at `url`.

    "" is the gateway on this computer, whatever its port. Each gateway has its own journal, so that
    messages written to one are not sent to another.
    """
    name = re.sub(r"[^\w.-]+", "_", url) or "local"
    if len(name) > _NAME_LIMIT:
        name = f"{name[:_NAME_LIMIT]}_{sha256(url.encode()).hexdigest()[:16]}"
    return _folder() / f"{name}.sqlite"


def journal_paths() -> tuple[Path, ...]:
    """Return the path of every journal, that of the gateway on this computer first."""
    found = sorted(_folder().glob("*.sqlite"), key=lambda each: each.name)
    return tuple(sorted(found, key=lambda each: each != journal_path()))


def _folder() -> Path:
    return data_dir().parent / "chat"


@contextmanager
def journal_errors() -> Generator[None]:
    """Raise errors of SQLite and of the system as `JournalError`."""
    try:
        yield
    except JournalError:
        raise
    except sqlite3.OperationalError as error:  # the disk, the permissions, another client
        raise JournalError(str(error)) from error
    except (sqlite3.DatabaseError, OverflowError, ValueError) as error:
        raise JournalDamaged(str(error)) from error
    except OSError as error:
        raise JournalError(error.strerror or str(error)) from error


def make_private(file: Path) -> None:
    """Create `file`, and its folder, if they are missing; only their owner can read them.

    Raises `OSError`. The mode of an existing folder is unchanged.
    """
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
    file.chmod(0o600)


def open_database(file: Path) -> sqlite3.Connection:
    """Return the database in `file`, durable and with its tables; raises `JournalError`."""
    with journal_errors():
        database = sqlite3.connect(
            file, timeout=_BUSY_TIMEOUT, isolation_level=None, check_same_thread=False
        )
        try:
            _prepare(database, file)
        except BaseException:
            database.close()
            raise
        return database


def _prepare(database: sqlite3.Connection, file: Path) -> None:
    (found,) = database.execute("PRAGMA user_version").fetchone()
    if found > VERSION:
        reason = f"{file} was written by a newer version of Tek (schema {found})"
        raise JournalTooNew(reason)
    database.execute("PRAGMA journal_mode = WAL")
    # FULL syncs the log at every commit, so that a commit survives a power failure.
    database.execute("PRAGMA synchronous = FULL")
    database.execute("PRAGMA foreign_keys = ON")
    if not found and database.execute("SELECT count(*) FROM sqlite_master").fetchone() != (0,):
        reason = f"{file} belongs to another program"
        raise JournalDamaged(reason)
    for version, step in enumerate(_STEPS[found:], found + 1):
        database.executescript(f"BEGIN; {step} PRAGMA user_version = {version}; COMMIT;")
