"""An answer is split into prose and code, and stays split the same way while it grows."""

import pytest

from tek_chat.view.markdown_pieces import Code, Prose, Splitter, split

LONG = "Words that fill a paragraph of some length. " * 50


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        pytest.param("", (), id="nothing"),
        pytest.param(" \n\n", (), id="blank"),
        pytest.param("one\n\ntwo", (Prose("one\n\ntwo"),), id="prose"),
        pytest.param("```py\nx\n```\n", (Code("py", "x\n"),), id="code"),
        pytest.param(
            "one\n```\nx\n```\ntwo", (Prose("one\n"), Code("", "x\n"), Prose("two")), id="all"
        ),
        pytest.param("~~~ c++ file.cpp\nx\n~~~", (Code("c++", "x\n"),), id="tildes"),
        pytest.param("````\n```\n````", (Code("", "```\n"),), id="a fence in a fence"),
        pytest.param("```\nx", (Code("", "x", is_open=True),), id="open"),
        pytest.param("`` `x` ``", (Prose("`` `x` ``"),), id="no fence"),
        pytest.param("``` a`b", (Prose("``` a`b"),), id="a backtick in the info string"),
        pytest.param("```\n    ```\n```", (Code("", "    ```\n"),), id="an indented fence"),
    ],
)
def test_prose_and_fenced_code_are_separate_pieces(text: str, pieces: tuple[object, ...]) -> None:
    assert split(text) == pieces
    assert Splitter().pieces(text) == pieces


def test_a_long_answer_is_cut_between_two_paragraphs() -> None:
    pieces = Splitter().pieces(f"{LONG}\n\n{LONG}\n\nend")
    assert [each.text for each in pieces] == [f"{LONG}\n\n", f"{LONG}\n\n", "end"]


def test_a_list_is_not_torn_apart() -> None:
    text = "\n\n".join(f"{number}. {LONG}" for number in range(1, 3))
    assert Splitter().pieces(text) == (Prose(text),)


def test_a_paragraph_without_an_end_is_cut_between_words() -> None:
    text = "1 2 3 " * 5_000
    pieces = Splitter().pieces(text)
    assert "".join(each.text for each in pieces) == text
    assert max(len(each.text) for each in pieces) < 7_000


def test_all_pieces_but_the_last_two_stay_while_the_text_grows() -> None:
    text = f"{LONG}\n\n```py\n{LONG}\n```\n" * 5
    splitter = Splitter()
    before: tuple[object, ...] = ()
    for end in range(0, len(text) + 1, 97):
        pieces = splitter.pieces(text[:end])
        settled = before[:-2]
        assert all(old is new for old, new in zip(settled, pieces, strict=False))
        assert len(pieces) >= len(settled)
        before = pieces
    assert splitter.pieces(text) == Splitter().pieces(text)


def test_a_text_that_changed_at_its_beginning_is_split_again() -> None:
    splitter = Splitter()
    splitter.pieces(f"{LONG}\n\n{LONG}\n\n{LONG}\n\n{LONG}")
    assert splitter.pieces("another") == (Prose("another"),)
