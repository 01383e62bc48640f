"""Folding: one entry of a kind takes the place of all pieces of an answer that has ended.

A view that replays the folded entries shows the same as before.
"""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from tek_chat.tek_dialect import TEK_DIALECT
from tek_protocol import Envelope, chat, encode
from tek_protocol.partial_answer import PartialAnswer, Piece

_PIECES = frozenset({"chat.stream.start", "chat.stream.delta", "chat.stream.reasoning"})

_MESSAGE = "chat.message"

# Without INDEXED BY, SQLite reads the whole session.
_OF_ANSWER = (
    "SELECT seq, frame FROM entries INDEXED BY entries_by_request"
    " WHERE session_id = ? AND request_id = ? ORDER BY seq"
)

_ADD = "INSERT INTO entries (session_id, seq, request_id, frame) VALUES (?, ?, ?, ?)"


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """What a log entry means to the journal.

    `piece_of` is the id of the message whose answer the entry is a piece of, `ends` of the one
    whose answer it ends, and `acknowledges` of the one that the gateway has committed. `is_whole`
    says that the entry contains the whole text of the answer that it ends.
    """

    piece_of: str | None = None
    ends: str | None = None
    acknowledges: str | None = None
    is_whole: bool = False


def kind_of(envelope: Envelope) -> JournalEntry:
    """Return what the entry with this envelope means."""
    request = envelope.request_id
    if envelope.type == _MESSAGE:
        if request is None:
            return JournalEntry(acknowledges=envelope.id)
        return JournalEntry(ends=request, is_whole=True)
    if envelope.type in _PIECES:
        return JournalEntry(piece_of=request)
    return JournalEntry(ends=request) if envelope.type in TEK_DIALECT.endings else JournalEntry()


def fold(database: sqlite3.Connection, session_id: str, ending: JournalEntry) -> None:
    """Replace the pieces of an answer by one of each kind, or by none if `ending` is whole.

    The first start stays, since it names the model.
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
    reasoning, text = joined(ending.ends, (piece for _, piece in pieces))
    # Reasoning precedes text, as it did in the stream. At least two numbers are free here.
    for (_, seq), piece in ((gone[0], reasoning), (gone[-1], text)):
        if piece is not None:
            frame = f'{encode(piece)[:-1]},"seq":{seq},"prev":{seq - 1}}}'
            database.execute(_ADD, (session_id, seq, ending.ends, frame))


def joined(
    request: str, pieces: Iterable[chat.GatewayMessage]
) -> tuple[chat.StreamReasoning | None, chat.StreamDelta]:
    """Return one piece of reasoning, if there is any, and one of text that equal all `pieces`."""
    whole = PartialAnswer()
    for piece in pieces:
        if isinstance(piece, Piece):
            whole = whole.after(piece)
    reasoning = chat.StreamReasoning(request, whole.reasoning) if whole.reasoning else None
    return reasoning, chat.StreamDelta(request, whole.text)


def _is_first_start(piece: chat.GatewayMessage) -> bool:
    return isinstance(piece, chat.StreamStart) and piece.attempt == 1
