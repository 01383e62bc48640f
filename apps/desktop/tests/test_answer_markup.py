"""HTML for Qt shows an answer as it was written, and fetches nothing."""

import pytest

from tek_chat.view.markdown_pieces import Code, Prose
from tek_desktop.conversation.answer_colours import AnswerColours
from tek_desktop.conversation.answer_markup import html_of, html_of_code


def test_html_in_an_answer_is_shown_as_text() -> None:
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
