"""What an answer that has ended leaves of its pieces in the journal.

It must never change what a view shows: the folded entries, replayed, say the same.
"""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from tek_chat.tek_dialect import TEK_DIALECT
from tek_protocol import Envelope, chat, encode

_PIECES = frozenset({"chat.stream.start", "chat.stream.delta", "chat.stream.reasoning"})

_MESSAGE = "chat.message"

# Told so, SQLite does not read the whole session for it.
_OF_ANSWER = (
    "SELECT seq, frame FROM entries INDEXED BY entries_by_request"
    " WHERE session_id = ? AND request_id = ? ORDER BY seq"
)

_ADD = "INSERT INTO entries (session_id, seq, request_id, frame) VALUES (?, ?, ?, ?)"


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """What an entry is to the journal.

    `piece_of` and `ends` name the message whose answer it is a piece or the end of, and
    `acknowledges` the one that it says the gateway has. `is_whole` says that it ends an answer
    with all of its text.
    """

    piece_of: str | None = None
    ends: str | None = None
    acknowledges: str | None = None
    is_whole: bool = False


def kind_of(envelope: Envelope) -> JournalEntry:
    """Return what the entry with this envelope is."""
    request = envelope.request_id
    if envelope.type == _MESSAGE:
        if request is None:
            return JournalEntry(acknowledges=envelope.id)
        return JournalEntry(ends=request, is_whole=True)
    if envelope.type in _PIECES:
        return JournalEntry(piece_of=request)
    return JournalEntry(ends=request) if envelope.type in TEK_DIALECT.endings else JournalEntry()


def fold(database: sqlite3.Connection, session_id: str, ending: JournalEntry) -> None:
    """Put one piece of a kind in the place of all that came, or none if `ending` has it.

    A first start stays, since it names the model.
    """
    if ending.ends is None:
        return
    rows = database.execute(_OF_ANSWER, (session_id, ending.ends)).fetchall()
    pieces = [(seq, chat.read_gateway_message(frame)) for seq, frame in rows]
    gone = [(session_id, seq) for seq, piece in pieces if not _is_first_start(piece)]
    if len(gone) <= 1 and not ending.is_whole:
        return
    database.executemany("DELETE FROM entries WHERE session_id = ? AND seq = ?", gone)
    if ending.is_whole:
        return
    thoughts, text = joined(ending.ends, (piece for _, piece in pieces))
    # What was thought comes first, as it did: there are at least two places.
    for (_, seq), piece in ((gone[0], thoughts), (gone[-1], text)):
        if piece is not None:
            frame = f'{encode(piece)[:-1]},"seq":{seq},"prev":{seq - 1}}}'
            database.execute(_ADD, (session_id, seq, ending.ends, frame))


def joined(
    request: str, pieces: Iterable[chat.GatewayMessage]
) -> tuple[chat.StreamReasoning | None, chat.StreamDelta]:
    """Return what the pieces of an answer amount to; a later attempt goes on at its offset."""
    text, thoughts = "", ""
    for piece in pieces:
        match piece:
            case chat.StreamDelta(delta=delta):
                text += delta
            case chat.StreamReasoning(delta=delta):
                thoughts += delta
            case chat.StreamStart(attempt=attempt, offset=offset) if attempt != 1:
                text, thoughts = text[:offset], thoughts if offset else ""
            case _:
                pass
    thought = chat.StreamReasoning(request, thoughts) if thoughts else None
    return thought, chat.StreamDelta(request, text)


def _is_first_start(piece: chat.GatewayMessage) -> bool:
    return isinstance(piece, chat.StreamStart) and piece.attempt == 1
