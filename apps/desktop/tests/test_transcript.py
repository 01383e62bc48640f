"""One widget an item; what did not change is not touched; the end is followed on demand."""

from collections.abc import Generator

import pytest
from PySide6.QtWidgets import QApplication, QLabel

from tek_chat import Answer, Delivery, Ending, Exchange, Item, Kind, Notice, View
from tek_chat.transcript import Transcript as Items
from tek_desktop.testing import texts_in
from tek_desktop.widgets.transcript import Transcript

LONG = "\n".join(f"line {number}" for number in range(40))


@pytest.fixture
def transcript(application: QApplication) -> Generator[Transcript]:
    widget = Transcript()
    widget.resize(600, 400)
    widget.show()
    application.processEvents()
    yield widget
    widget.deleteLater()


def draw(transcript: Transcript, *items: Item, growing: Answer | None = None) -> None:
    transcript.draw(View(items=Items(items), growing=growing))
    lay_out()


def lay_out() -> None:
    """Let sizes come to rest: what changes in one pass may change others in the next."""
    for _ in range(10):
        QApplication.processEvents()


def answered(name: str, text: str) -> Exchange:
    answer = Answer(name, text, ending=Ending.COMPLETE)
    return Exchange(name, f"ask {name}", Delivery.ANSWERED, answer=answer)


def texts(transcript: Transcript) -> list[str]:
    return [each.toPlainText() for each in texts_in(transcript)]


def labels(transcript: Transcript) -> list[str]:
    found = [each for each in transcript.findChildren(QLabel) if each.isVisible()]
    return [each.text() for each in found if each.text()]


def test_a_change_touches_one_widget_and_no_other(transcript: Transcript) -> None:
    first, last = answered("a", "one"), Exchange("b", "ask b", Delivery.ACCEPTED)
    draw(transcript, first, last)
    before = {each: each.document().revision() for each in texts_in(transcript)}
    draw(transcript, first, last, growing=Answer("b", "tw"))
    draw(transcript, first, last, growing=Answer("b", "two"))
    assert texts(transcript) == ["ask a", "one", "ask b", "two"]
    assert {each: each.document().revision() for each in before} == before


def test_a_growing_answer_becomes_the_whole_one_in_its_place(transcript: Transcript) -> None:
    draw(transcript, Exchange("a", "ask a", Delivery.ACCEPTED), growing=Answer("a", "on"))
    (_, grown) = texts_in(transcript)
    draw(transcript, answered("a", "one"))
    assert texts_in(transcript)[1] is grown
    assert texts(transcript) == ["ask a", "one"]


def test_a_cut_answer_keeps_its_text_and_says_so(transcript: Transcript) -> None:
    cut = Answer("a", "hal", ending=Ending.INTERRUPTED)
    draw(transcript, Exchange("a", "ask a", Delivery.ANSWERED, answer=cut))
    assert texts(transcript) == ["ask a", "hal"]
    assert any("cut off" in each for each in labels(transcript))


def test_what_is_deleted_goes_and_the_rest_stays_in_order(transcript: Transcript) -> None:
    items = [answered("a", "1"), Notice(Kind.ERROR, "no"), answered("b", "2"), answered("c", "3")]
    draw(transcript, *items)
    draw(transcript, *items[1:])
    assert texts(transcript) == ["ask b", "2", "ask c", "3"]
    assert labels(transcript) == ["⚠ no"]


def test_another_session_takes_the_place_of_the_first(transcript: Transcript) -> None:
    draw(transcript, answered("a", "1"), answered("b", "2"))
    draw(transcript)
    assert texts(transcript) == []
    draw(transcript, Notice(Kind.SESSION_LOST, "s"), answered("c", "3"))
    assert texts(transcript) == ["ask c", "3"]


@pytest.mark.parametrize(
    ("notice", "says"),
    [
        (Notice(Kind.ERROR, "no"), "⚠ no"),
        (Notice(Kind.UNKNOWN, "todo.update"), "not understood: todo.update"),
        (Notice(Kind.UNKNOWN, "todo.update", 3), "not understood: todo.update (3 times)"),
    ],
)
def test_a_notice_is_said_once_and_counted(
    transcript: Transcript, notice: Notice, says: str
) -> None:
    draw(transcript, notice)
    assert labels(transcript) == [says]


def test_the_end_is_followed_while_the_reader_is_there(transcript: Transcript) -> None:
    bar = transcript.verticalScrollBar()
    draw(transcript, answered("a", LONG))
    assert bar.value() == bar.maximum() > 0
    asked = Exchange("b", "ask b", Delivery.ACCEPTED)
    draw(transcript, answered("a", LONG), asked, growing=Answer("b", LONG))
    assert bar.value() == bar.maximum()


def test_whoever_reads_above_is_left_in_peace(transcript: Transcript) -> None:
    bar = transcript.verticalScrollBar()
    first, asked = answered("a", LONG), Exchange("b", "ask b", Delivery.ACCEPTED)
    draw(transcript, first)
    bar.setValue(20)
    draw(transcript, first, asked, growing=Answer("b", LONG))
    assert bar.value() == 20
    transcript.follow()
    assert bar.value() == bar.maximum()


def test_no_text_is_cut_off_however_narrow_the_window(transcript: Transcript) -> None:
    words = "many words that need several lines in a narrow window, " * 5
    draw(transcript, Exchange("a", words, Delivery.UNCERTAIN), answered("b", "x" * 500))
    for width in (330, 900, 400):
        transcript.resize(width, 400)
        lay_out()
        for each in texts_in(transcript):
            assert each.document().size().height() <= each.height()
            assert each.document().size().width() <= each.width()
            assert each.mapTo(transcript, each.rect().topRight()).x() < width


def test_a_selection_survives_what_comes_after_it(transcript: Transcript) -> None:
    asked = Exchange("a", "ask", Delivery.ACCEPTED)
    draw(transcript, asked, growing=Answer("a", "some words"))
    answer = texts_in(transcript)[1]
    cursor = answer.textCursor()
    cursor.setPosition(0)
    cursor.setPosition(4, cursor.MoveMode.KeepAnchor)
    answer.setTextCursor(cursor)
    draw(transcript, asked, growing=Answer("a", "some words and more"))
    assert answer.textCursor().selectedText() == "some"
