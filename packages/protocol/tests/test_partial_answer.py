"""An answer folded piece by piece."""

from functools import reduce

import pytest

from tek_protocol.chat import StreamDelta, StreamReasoning, StreamStart
from tek_protocol.partial_answer import PartialAnswer, Piece

HALF = (
    StreamStart("m"),
    StreamReasoning("m", "hm"),
    StreamDelta("m", "one "),
    StreamDelta("m", "tw"),
)


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        ((), PartialAnswer()),
        (HALF, PartialAnswer("one tw", "hm")),
        ((*HALF, StreamStart("m")), PartialAnswer("one tw", "hm")),
        ((*HALF, StreamStart("m", attempt=2, offset=4)), PartialAnswer("one ", "hm")),
        ((*HALF, StreamStart("m", attempt=2, offset=0)), PartialAnswer()),
        ((*HALF, StreamStart("m", attempt=2, offset=99)), PartialAnswer("one tw", "hm")),
        ((StreamDelta("m", "é😀x"), StreamStart("m", attempt=3, offset=2)), PartialAnswer("é😀")),
    ],
)
def test_the_pieces_of_an_answer_amount_to(
    pieces: tuple[Piece, ...], expected: PartialAnswer
) -> None:
    assert reduce(PartialAnswer.after, pieces, PartialAnswer()) == expected
