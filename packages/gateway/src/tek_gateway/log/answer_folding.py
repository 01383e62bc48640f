"""What the stored pieces of an unfinished answer amount to."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

import msgspec

from tek_protocol import decode
from tek_protocol.chat import StreamStart
from tek_protocol.partial_answer import PartialAnswer, Piece


@dataclass(frozen=True, slots=True)
class Standing:
    """What the log holds of a turn that has not ended; `attempt` is 0 before the first one."""

    attempt: int = 0
    text: str = ""
    model: str = ""
    reasoning: str = ""


_PIECE: msgspec.json.Decoder[Piece] = msgspec.json.Decoder(Piece)


def fold_pieces(bodies: Iterable[str]) -> Standing:
    """Return what the pieces of one turn, in order, amount to; raises `DecodeError`."""
    attempt, model = 0, ""
    answer = PartialAnswer()
    for piece in _joined(decode(body, _PIECE) for body in bodies):
        answer = answer.after(piece)
        if isinstance(piece, StreamStart):
            attempt, model = piece.attempt, piece.model
    return Standing(attempt, answer.text, model, answer.reasoning)


def _joined(pieces: Iterable[Piece]) -> Iterable[Piece]:
    """Join successive pieces of one kind: an answer of 100,000 is not copied for each of them."""
    for kind, group in groupby(pieces, type):
        if kind is StreamStart:
            yield from group
            continue
        run = list(group)
        yield msgspec.structs.replace(run[0], delta="".join(_text(piece) for piece in run))


def _text(piece: Piece) -> str:
    return "" if isinstance(piece, StreamStart) else piece.delta
