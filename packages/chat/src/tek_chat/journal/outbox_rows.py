"""Reads and deletes messages in the outboxes of all clients of a journal."""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from reconnect_core import MessageState
from tek_protocol import read_object

REMOVE_EMPTY = (
    "DELETE FROM boxes WHERE name = ?1 AND NOT EXISTS (SELECT 1 FROM outbox WHERE box = ?1)"
)
_UNSENT = (
    "SELECT owner, session_id FROM boxes WHERE EXISTS"
    " (SELECT 1 FROM outbox WHERE box = name AND place IN (?, ?)) ORDER BY number"
)


_KEPT = (
    "SELECT owner, session_id, message_id, text, place, reason"
    " FROM outbox JOIN boxes ON name = box ORDER BY number, position"
)
_DROP = "DELETE FROM outbox WHERE message_id = ? AND box = ?"


@dataclass(frozen=True, slots=True)
class KeptMessage:
    """A message in an outbox; `session_id` is "" if its session does not exist yet.

    `is_held` says whether a running client has it, and will send it.
    """

    id: str
    text: str
    session_id: str
    place: MessageState
    reason: str = ""
    is_held: bool = False


def unsent(database: sqlite3.Connection, is_gone: Callable[[str], bool]) -> tuple[str, ...]:
    """Return the sessions, oldest first, in which ended clients left messages; "" is a draft."""
    waiting = (MessageState.QUEUED.value, MessageState.SENT.value)
    found = database.execute(_UNSENT, waiting).fetchall()
    named = [session_id for owner, session_id in found if is_gone(owner)]
    return tuple(each for at, each in enumerate(named) if not each or each not in named[:at])


def drop(
    database: sqlite3.Connection, message_ids: Sequence[str], is_gone: Callable[[str], bool]
) -> int:
    """Delete messages from the outboxes of ended clients; return how many."""
    boxes = database.execute("SELECT name, owner FROM boxes").fetchall()
    left = [name for name, owner in boxes if is_gone(owner)]
    dropped = 0
    for name in left:
        rows = ((message_id, name) for message_id in message_ids)
        dropped += database.executemany(_DROP, rows).rowcount
        database.execute(REMOVE_EMPTY, (name,))
    return dropped


def kept(database: sqlite3.Connection, is_gone: Callable[[str], bool]) -> tuple[KeptMessage, ...]:
    """Return every message of every outbox, oldest first."""
    found = database.execute(_KEPT).fetchall()
    held = {owner for owner in {row[0] for row in found} if not is_gone(owner)}
    return tuple(
        KeptMessage(
            message_id, _content(text), session_id, MessageState(place), reason, owner in held
        )
        for owner, session_id, message_id, text, place, reason in found
    )


def _content(text: str) -> str:
    return str(read_object(text).get("content", ""))
