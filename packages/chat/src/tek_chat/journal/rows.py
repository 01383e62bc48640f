"""Writes each change to the journal, and reads sessions back.

Several clients may write the same session; an entry that would leave a gap is not added.
"""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from reconnect_core import Applied, Change, Contents, MessageState, Moved, Received, Removed, Stored
from tek_chat.journal.fold import fold, kind_of
from tek_chat.journal.outbox_rows import REMOVE_EMPTY
from tek_protocol import read_envelope

_USED = (
    "INSERT INTO sessions (session_id, used)"
    " VALUES (?, (SELECT coalesce(max(used), 0) + 1 FROM sessions))"
    " ON CONFLICT DO UPDATE SET used = excluded.used"
)
_COPY = "SELECT copy, cursor FROM sessions WHERE session_id = ?"
_START_OVER = "UPDATE sessions SET cursor = 0, copy = copy + 1 WHERE session_id = ? AND copy = ?"
# The rule of the protocol: an entry is applied if and only if prev <= cursor < seq.
_ADVANCE = (
    "UPDATE sessions SET cursor = ?1 WHERE session_id = ?2 AND copy = ?3"
    " AND cursor < ?1 AND cursor >= ?4"
)
_ADD_ENTRY = (
    "INSERT INTO entries (session_id, seq, request_id, message_id, frame) VALUES (?, ?, ?, ?, ?)"
)
_ADD_BOX = "INSERT OR IGNORE INTO boxes (name, owner, session_id) VALUES (?, ?, ?)"
_STORE = (
    "INSERT OR REPLACE INTO outbox (box, message_id, text, place, position, reason)"
    " VALUES (?, ?, ?, ?, ?, ?)"
)
_TAKE_OVER = "UPDATE OR IGNORE outbox SET box = ?, position = position + ? WHERE box = ?"
_LAST_POSITION = "SELECT coalesce(max(position), 0) FROM outbox WHERE box = ?"
_REMOVE_ACKNOWLEDGED = (
    "DELETE FROM outbox WHERE box = ? AND message_id IN"
    " (SELECT message_id FROM entries WHERE session_id = ? AND message_id IS NOT NULL)"
)
_OUTBOX = "SELECT message_id, text, place, position, reason FROM outbox WHERE box = ?"


@dataclass(slots=True)
class OutboxRow:
    """The outbox of one storage; only the journal's thread changes it.

    Before the session exists it is a draft, identified by `name`. `copy` is the copy of the session
    that the storage writes to; once another client has restarted the copy, writes to the former one
    are ignored.
    """

    name: str
    owner: str
    session_id: str
    copy: int = 1
    is_used: bool = False


# ---- Writing ---------------------------------------------------------------------------------


def write(database: sqlite3.Connection, box: OutboxRow, changes: Sequence[Change]) -> None:
    """Write `changes`, in order."""
    for change in changes:
        match change:
            case Stored():
                _use(database, box)
                _store(database, box, change)
            case Removed(message_id):
                row = (box.name, message_id)
                database.execute("DELETE FROM outbox WHERE box = ? AND message_id = ?", row)
                database.execute(REMOVE_EMPTY, (box.name,))
            case Moved(session_id, cursor):
                _move(database, box, session_id, cursor)
            case Applied(received):
                if not box.is_used:
                    _use(database, box)
                _apply(database, box, received)


def _use(database: sqlite3.Connection, box: OutboxRow) -> None:
    if box.session_id:
        database.execute(_USED, (box.session_id,))
        box.is_used = True


def _store(database: sqlite3.Connection, box: OutboxRow, stored: Stored) -> None:
    database.execute(_ADD_BOX, (box.name, box.owner, box.session_id))
    row = (box.name, stored.id, stored.text, stored.place.value, stored.order, stored.reason)
    database.execute(_STORE, row)


def _move(database: sqlite3.Connection, box: OutboxRow, session_id: str, cursor: int) -> None:
    if session_id != box.session_id:
        box.session_id, box.copy = session_id, 1
        row = (session_id, box.name)
        database.execute("UPDATE boxes SET session_id = ? WHERE name = ?", row)
    elif cursor == 0 and database.execute(_START_OVER, (session_id, box.copy)).rowcount:
        database.execute("DELETE FROM entries WHERE session_id = ?", (session_id,))
    _use(database, box)
    _follow(database, box)


def _follow(database: sqlite3.Connection, box: OutboxRow) -> int:
    """Switch to the current copy of the session; return its cursor."""
    found = database.execute(_COPY, (box.session_id,)).fetchone()
    if found is None:
        return 0
    box.copy, cursor = found
    return cursor


def _apply(database: sqlite3.Connection, box: OutboxRow, received: Received) -> None:
    """Add an entry, unless another client has added it or it would leave a gap."""
    seq, prev = received.envelope.seq, received.envelope.prev
    if seq is None:
        return
    place = (seq, box.session_id, box.copy, prev or 0)
    if not database.execute(_ADVANCE, place).rowcount:
        return
    kind = kind_of(received.envelope)
    fold(database, box.session_id, kind)
    row = (box.session_id, seq, kind.piece_of, kind.acknowledges, received.text)
    database.execute(_ADD_ENTRY, row)


def forget(database: sqlite3.Connection, session_id: str, is_gone: Callable[[str], bool]) -> None:
    """Remove a session; messages that a running client will send to it stay."""
    database.execute("DELETE FROM sessions WHERE session_id = ?", (session_id,))
    database.execute("DELETE FROM entries WHERE session_id = ?", (session_id,))
    boxes = "SELECT name, owner FROM boxes WHERE session_id = ?"
    for name, owner in database.execute(boxes, (session_id,)).fetchall():
        if is_gone(owner):
            database.execute("DELETE FROM boxes WHERE name = ?", (name,))


def name_gateway(database: sqlite3.Connection, url: str) -> None:
    """Record the gateway of this journal, unless it is recorded already."""
    row = "INSERT INTO gateway SELECT ? WHERE NOT EXISTS (SELECT 1 FROM gateway)"
    database.execute(row, (url,))


# ---- Reading ---------------------------------------------------------------------------------


def take_over(database: sqlite3.Connection, box: OutboxRow, is_gone: Callable[[str], bool]) -> None:
    """Take over the messages that ended clients left in this session.

    So are those of an earlier storage of this client. Each draft becomes a session of its own, so
    only the oldest is taken over.
    """
    found = database.execute(
        "SELECT name, owner FROM boxes WHERE session_id = ? ORDER BY number", (box.session_id,)
    ).fetchall()
    left = [n for n, owner in found if (box.session_id and owner == box.owner) or is_gone(owner)]
    for name in left if box.session_id else left[:1]:
        database.execute(_ADD_BOX, (box.name, box.owner, box.session_id))
        (last,) = database.execute(_LAST_POSITION, (box.name,)).fetchone()
        database.execute(_TAKE_OVER, (box.name, last, name))
        database.execute("DELETE FROM boxes WHERE name = ?", (name,))
    if left:
        # Another client has seen the acknowledgement after the sender was killed.
        database.execute(_REMOVE_ACKNOWLEDGED, (box.name, box.session_id))
        database.execute(REMOVE_EMPTY, (box.name,))


def contents(database: sqlite3.Connection, box: OutboxRow) -> Contents:
    """Return the contents of `box`, and switch it to the current copy of the session."""
    cursor = _follow(database, box)
    messages = tuple(
        Stored(message_id, text, MessageState(place), order, reason)
        for message_id, text, place, order, reason in database.execute(_OUTBOX, (box.name,))
    )
    return Contents(box.session_id, cursor, messages)


def transcript(database: sqlite3.Connection, session_id: str) -> tuple[Received, ...]:
    """Return the entries of a session, in order."""
    rows = database.execute(
        "SELECT frame FROM entries WHERE session_id = ? ORDER BY seq", (session_id,)
    )
    return tuple(Received(read_envelope(frame), frame) for (frame,) in rows)


def last_used(database: sqlite3.Connection) -> str:
    """Return the session used last, "" if there is none."""
    found = database.execute("SELECT session_id FROM sessions ORDER BY used DESC LIMIT 1")
    return (found.fetchone() or ("",))[0]


def gateway(database: sqlite3.Connection) -> str:
    """Return the address of the journal's gateway, "" if none is recorded."""
    return (database.execute("SELECT url FROM gateway").fetchone() or ("",))[0]
