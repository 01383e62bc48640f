"""Markdown is split where nobody sees it, and never shows or fetches what it should not."""

import pytest

from tek_desktop.conversation.answer_colours import AnswerColours
from tek_desktop.conversation.answer_markup import (
    Code,
    Prose,
    Splitter,
    html_of,
    html_of_code,
    split,
)

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
    ],
)
def test_fenced_code_is_told_from_prose(text: str, pieces: tuple[object, ...]) -> None:
    assert split(text) == pieces
    assert Splitter().pieces(text) == pieces


def test_a_long_answer_is_cut_between_two_paragraphs() -> None:
    pieces = Splitter().pieces(f"{LONG}\n\n{LONG}\n\nend")
    assert [each.text for each in pieces] == [f"{LONG}\n\n", f"{LONG}\n\n", "end"]


def test_a_list_is_not_torn_apart() -> None:
    text = "\n\n".join(f"{number}. {LONG}" for number in range(1, 3))
    assert Splitter().pieces(text) == (Prose(text),)


def test_what_has_no_end_is_cut_all_the_same() -> None:
    text = "1 2 3 " * 5_000
    pieces = Splitter().pieces(text)
    assert "".join(each.text for each in pieces) == text
    assert max(len(each.text) for each in pieces) < 7_000


def test_what_is_settled_stays_the_same_while_the_text_grows() -> None:
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


def test_a_text_that_changed_at_its_beginning_is_split_anew() -> None:
    splitter = Splitter()
    splitter.pieces(f"{LONG}\n\n{LONG}\n\n{LONG}\n\n{LONG}")
    assert splitter.pieces("another") == (Prose("another"),)


def test_html_of_the_answer_is_shown_as_it_was_written() -> None:
    html = html_of(Prose("<script>alert(1)</script> <b>x</b>"))
    assert "<script" not in html
    assert "<b>" not in html


def test_a_picture_is_a_link_and_nothing_that_is_fetched() -> None:
    html = html_of(Prose('![a "cat"](https://example.org/cat.png)'))
    assert "<img" not in html
    assert '<a href="https://example.org/cat.png">' in html


def test_a_script_is_no_link() -> None:
    assert "href" not in html_of(Prose("[x](javascript:alert(1))"))


@pytest.mark.parametrize("language", ["python", "", "no such language"])
def test_code_keeps_its_text_whatever_its_language(language: str) -> None:
    html = html_of_code(Code(language, "a < b\n"), is_dark=True)
    assert "&lt;" in html
    assert ("<span" in html) is (language == "python")


def test_the_style_sheet_names_the_colours() -> None:
    sheet = AnswerColours("#123456", "#234567", "#345678", is_dark=False).style_sheet
    assert all(each in sheet for each in ("#123456", "#234567", "#345678"))
