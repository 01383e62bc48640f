"""The parts of the whole-screen chat that know no toolkit."""

import re
from itertools import cycle

from hypothesis import given, settings
from hypothesis import strategies as st

from tek_chat import Answer
from tek_cli.screen.clean import clean
from tek_cli.screen.segments import LONG, TOO_LONG, Pieces, code_blocks, find_cut
from tek_cli.screen.usage_text import total, used
from tek_protocol.chat import Cost, Usage

PARAGRAPH = "word " * 60 + "\n\n"
MANY = PARAGRAPH * 10
OPENED = re.compile(r"[ ]{0,3}(```|~~~)")


# ---- Segments --------------------------------------------------------------------------------


def segments(text: str) -> list[str]:
    return Pieces().grow(text)


def test_a_short_text_is_one_piece() -> None:
    assert segments("short") == ["short"]
    assert segments("") == []


def test_a_long_text_is_cut_between_paragraphs() -> None:
    pieces = segments(MANY)
    assert len(pieces) > 1
    assert "".join(pieces) == MANY
    assert all(piece.endswith("\n\n") for piece in pieces)


def test_a_code_block_stays_in_one_piece() -> None:
    code = "```python\n" + "a = 1\n\n" * 300 + "```\n\n"
    assert segments(code + "end") == [code, "end"]


def test_a_code_block_that_never_ends_is_opened_again() -> None:
    code = "```python\n" + "a = 1\n" * 3000
    first, *others = segments(code)
    assert TOO_LONG <= len(first) < TOO_LONG + 10
    assert all(piece.startswith("```python\n") for piece in others)


def test_a_paragraph_that_never_ends_is_cut_between_words() -> None:
    text = "word " * 3000
    pieces = segments(text)
    assert len(pieces) == 3
    assert "".join(pieces) == text


def test_a_text_without_any_place_to_cut_is_one_piece() -> None:
    assert segments("x" * 20_000) == ["x" * 20_000]


def test_what_is_drawn_already_is_not_cut_off() -> None:
    assert find_cut(MANY[: LONG - 1], 0) is None
    drawn = LONG + 200
    cut = find_cut(MANY, drawn)
    assert cut is not None
    assert cut.place >= drawn


@settings(deadline=None)
@given(
    st.text("ab \n`~-#", min_size=1, max_size=40).map(lambda text: text * 120),
    st.lists(st.integers(20, 900), min_size=1, max_size=5),
)
def test_pieces_are_the_same_text_however_it_comes(text: str, sizes: list[int]) -> None:
    growing, before, at = Pieces(), [""], 0
    for size in cycle(sizes):
        at += size
        pieces = growing.grow(text[:at])
        assert pieces[: len(before) - 1] == before[:-1], "what stood was cut again"
        assert pieces[len(before) - 1].startswith(before[-1])
        before = pieces
        if at >= len(text):
            break
    if not any(OPENED.match(each) for each in before[1:]):  # opened again, on purpose
        assert "".join(before) == text


def test_a_text_that_is_taken_back_is_cut_anew() -> None:
    growing = Pieces()
    growing.grow(MANY)
    assert growing.grow("another") == ["another"]
    assert growing.grow("") == []


def test_code_blocks_are_found_in_order_and_the_last_may_be_open() -> None:
    assert code_blocks("a\n```py\nb\nc\n```\nd\n~~~\ne\n~~~\n") == ["b\nc", "e"]
    assert code_blocks("```\nopen\n") == ["open"]
    assert code_blocks("none `code`") == []
    assert code_blocks("````\n```\n````\n") == ["```"]


# ---- Text ------------------------------------------------------------------------------------


def test_a_gateway_cannot_send_commands_to_the_terminal() -> None:
    assert clean("a\x1b]52;c;evil\x07\r\n\tb\x9b") == "a�]52;c;evil�\n\tb�"


def test_tokens_and_cost_are_told_where_they_are_known() -> None:
    assert used(Usage(), Cost()) == ""
    assert used(Usage(1200, 5), Cost(total_cost=0.0123)) == "1,200 in, 5 out · 0.0123"
    assert used(Usage(total_tokens=7), Cost()) == "7 tokens"
    one = Answer("a", usage=Usage(1, 2, 3))
    assert total([one, one]) == "2 in, 4 out"
