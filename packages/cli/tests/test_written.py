"""What is left to write of a text that grows."""

from hypothesis import given
from hypothesis import strategies as st

from tek_cli.terminal.written import Written, shared


def test_only_what_is_new_is_written() -> None:
    written = Written()
    assert [written.piece_of(text) for text in ("1", "1 2", "1 2")] == [
        (0, "1"),
        (1, " 2"),
        (3, ""),
    ]


def test_a_text_that_is_read_anew_is_written_on_from_where_it_was() -> None:
    written = Written()
    texts = ("1 2 3", "", "1", "1 2 3", "1 2 3 4")
    assert "".join(written.piece_of(text)[1] for text in texts) == "1 2 3 4"


def test_a_text_that_has_changed_says_from_where() -> None:
    written = Written()
    written.piece_of("1 2 3")
    assert written.piece_of("1 x") == (2, "x")
    assert written.piece_of("1 x y") == (3, " y")
    assert written.piece_of("1 x y z!", is_whole=True) == (5, " z!")
    assert written.piece_of("other", is_whole=True) == (0, "other")


@given(st.text("ab"), st.text("ab"))
def test_what_is_shared_is_the_longest_common_beginning(one: str, other: str) -> None:
    count = shared(one, other)
    assert one[:count] == other[:count]
    assert one[count : count + 1] != other[count : count + 1] or one == other
