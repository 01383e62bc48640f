"""A long text is cut into segments, of which only the last changes while the text grows."""

import re
from itertools import cycle

from hypothesis import given, settings
from hypothesis import strategies as st

from tek_chat.view.markdown_segments import (
    LONGEST_SEGMENT,
    SEGMENT_LENGTH,
    GrowingSegments,
    find_cut,
)

PARAGRAPH = "word " * 60 + "\n\n"
MANY = PARAGRAPH * 10
OPENED = re.compile(r"[ ]{0,3}(```|~~~)")


def segments_of(text: str) -> list[str]:
    return GrowingSegments().grow(text)


def test_a_short_text_is_one_piece() -> None:
    assert segments_of("short") == ["short"]
    assert segments_of("") == []


def test_a_long_text_is_cut_between_paragraphs() -> None:
    segments = segments_of(MANY)
    assert len(segments) > 1
    assert "".join(segments) == MANY
    assert all(piece.endswith("\n\n") for piece in segments)


def test_a_code_block_stays_in_one_piece() -> None:
    code = "```python\n" + "a = 1\n\n" * 300 + "```\n\n"
    assert segments_of(code + "end") == [code, "end"]


def test_a_code_block_that_never_ends_is_opened_again() -> None:
    code = "```python\n" + "a = 1\n" * 3000
    first, *others = segments_of(code)
    assert LONGEST_SEGMENT <= len(first) < LONGEST_SEGMENT + 10
    assert all(piece.startswith("```python\n") for piece in others)


def test_a_paragraph_that_never_ends_is_cut_between_words() -> None:
    text = "word " * 3000
    segments = segments_of(text)
    assert len(segments) == 3
    assert "".join(segments) == text


def test_a_text_without_any_place_to_cut_is_one_piece() -> None:
    assert segments_of("x" * 20_000) == ["x" * 20_000]


def test_what_is_drawn_already_is_not_cut_off() -> None:
    assert find_cut(MANY[: SEGMENT_LENGTH - 1], 0) is None
    drawn = SEGMENT_LENGTH + 200
    cut = find_cut(MANY, drawn)
    assert cut is not None
    assert cut.offset >= drawn


@settings(deadline=None)
@given(
    st.text("ab \n`~-#", min_size=1, max_size=40).map(lambda text: text * 120),
    st.lists(st.integers(20, 900), min_size=1, max_size=5),
)
def test_segments_are_the_same_text_however_it_comes(text: str, sizes: list[int]) -> None:
    growing, before, at = GrowingSegments(), [""], 0
    for size in cycle(sizes):
        at += size
        segments = growing.grow(text[:at])
        assert segments[: len(before) - 1] == before[:-1], "what stood was cut again"
        assert segments[len(before) - 1].startswith(before[-1])
        before = segments
        if at >= len(text):
            break
    if not any(OPENED.match(each) for each in before[1:]):  # opened again, on purpose
        assert "".join(before) == text


def test_a_text_that_is_taken_back_is_cut_anew() -> None:
    growing = GrowingSegments()
    growing.grow(MANY)
    assert growing.grow("another") == ["another"]
    assert growing.grow("") == []
