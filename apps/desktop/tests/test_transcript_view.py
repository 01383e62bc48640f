"""One widget an item; what did not change is not touched; the end is followed on demand."""

from collections.abc import Generator

import pytest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QToolButton

from tek_chat import Answer, Delivery, Ending, Exchange, Item, Kind, Notice, View
from tek_chat.view.transcript import Transcript as Items
from tek_desktop.conversation.exchange_widget import ExchangeWidget
from tek_desktop.conversation.find_bar import FindBar
from tek_desktop.conversation.jump_button import JumpButton
from tek_desktop.conversation.transcript_search import TranscriptSearch
from tek_desktop.conversation.transcript_view import TranscriptView
from tek_desktop.widgets.user_actions import UserActions
from tek_testing.desktop.window_user import said_in, texts_in

LONG = "\n".join(f"line {number}" for number in range(40))


@pytest.fixture
def transcript(application: QApplication) -> Generator[TranscriptView]:
    widget = TranscriptView()
    widget.resize(600, 400)
    widget.show()
    application.processEvents()
    yield widget
    widget.deleteLater()


def draw(transcript: TranscriptView, *items: Item, growing: Answer | None = None) -> None:
    transcript.draw(View(items=Items(items), growing=growing))
    lay_out()


def lay_out() -> None:
    """Let sizes come to rest: what changes in one pass may change others in the next."""
    for _ in range(10):
        QApplication.processEvents()


def answered(name: str, text: str) -> Exchange:
    answer = Answer(name, text, ending=Ending.COMPLETE)
    return Exchange(name, f"ask {name}", Delivery.ANSWERED, answer=answer)


def texts(transcript: TranscriptView) -> list[str]:
    return [each.toPlainText() for each in texts_in(transcript)]


def labels(transcript: TranscriptView) -> list[str]:
    found = [each for each in transcript.findChildren(QLabel) if each.isVisible()]
    return [each.text() for each in found if each.text()]


def test_a_change_touches_one_widget_and_no_other(transcript: TranscriptView) -> None:
    first, last = answered("a", "one"), Exchange("b", "ask b", Delivery.ACCEPTED)
    draw(transcript, first, last)
    before = {each: each.document().revision() for each in texts_in(transcript)}
    draw(transcript, first, last, growing=Answer("b", "tw"))
    draw(transcript, first, last, growing=Answer("b", "two"))
    assert texts(transcript) == ["ask a", "one", "ask b", "two"]
    assert {each: each.document().revision() for each in before} == before


def test_a_growing_answer_becomes_the_whole_one_in_its_place(transcript: TranscriptView) -> None:
    draw(transcript, Exchange("a", "ask a", Delivery.ACCEPTED), growing=Answer("a", "on"))
    (_, grown) = texts_in(transcript)
    draw(transcript, answered("a", "one"))
    assert texts_in(transcript)[1] is grown
    assert texts(transcript) == ["ask a", "one"]


def test_a_cut_answer_keeps_its_text_and_says_so(transcript: TranscriptView) -> None:
    cut = Answer("a", "hal", ending=Ending.INTERRUPTED)
    draw(transcript, Exchange("a", "ask a", Delivery.ANSWERED, answer=cut))
    assert texts(transcript) == ["ask a", "hal"]
    assert any("interrupted" in each for each in labels(transcript))


def test_what_is_deleted_goes_and_the_rest_stays_in_order(transcript: TranscriptView) -> None:
    items = [answered("a", "1"), Notice(Kind.ERROR, "no"), answered("b", "2"), answered("c", "3")]
    draw(transcript, *items)
    draw(transcript, *items[1:])
    assert texts(transcript) == ["ask b", "2", "ask c", "3"]
    assert labels(transcript) == ["⚠ no"]


def test_another_session_takes_the_place_of_the_first(transcript: TranscriptView) -> None:
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
    transcript: TranscriptView, notice: Notice, says: str
) -> None:
    draw(transcript, notice)
    assert labels(transcript) == [says]


def test_the_end_is_followed_while_the_reader_is_there(transcript: TranscriptView) -> None:
    bar = transcript.verticalScrollBar()
    draw(transcript, answered("a", LONG))
    assert bar.value() == bar.maximum() > 0
    asked = Exchange("b", "ask b", Delivery.ACCEPTED)
    draw(transcript, answered("a", LONG), asked, growing=Answer("b", LONG))
    assert bar.value() == bar.maximum()


def test_whoever_reads_above_is_left_in_peace(transcript: TranscriptView) -> None:
    bar = transcript.verticalScrollBar()
    first, asked = answered("a", LONG), Exchange("b", "ask b", Delivery.ACCEPTED)
    draw(transcript, first)
    bar.setValue(20)
    draw(transcript, first, asked, growing=Answer("b", LONG))
    assert bar.value() == 20
    transcript.follow()
    assert bar.value() == bar.maximum()


def test_no_text_is_cut_off_however_narrow_the_window(transcript: TranscriptView) -> None:
    words = "many words that need several lines in a narrow window, " * 5
    draw(transcript, Exchange("a", words, Delivery.UNCERTAIN), answered("b", "x" * 500))
    for width in (330, 900, 400):
        transcript.resize(width, 400)
        lay_out()
        for each in texts_in(transcript):
            assert each.document().size().height() <= each.height()
            assert each.document().size().width() <= each.width()
            assert each.mapTo(transcript, each.rect().topRight()).x() < width


def test_a_selection_survives_what_comes_after_it(transcript: TranscriptView) -> None:
    asked = Exchange("a", "ask", Delivery.ACCEPTED)
    draw(transcript, asked, growing=Answer("a", "some words"))
    answer = texts_in(transcript)[1]
    cursor = answer.textCursor()
    cursor.setPosition(0)
    cursor.setPosition(4, cursor.MoveMode.KeepAnchor)
    answer.setTextCursor(cursor)
    draw(transcript, asked, growing=Answer("a", "some words and more"))
    assert answer.textCursor().selectedText() == "some"


def many(number: int) -> list[Item]:
    return [answered(str(each), f"answer {each}") for each in range(number)]


def settle(transcript: TranscriptView) -> None:
    """Let the older items come that follow one by one."""
    before = -1
    while before != (before := len(transcript.findChildren(ExchangeWidget))):
        for _ in range(20):
            QApplication.processEvents()


def test_the_last_hundred_are_shown_and_more_on_demand(transcript: TranscriptView) -> None:
    draw(transcript, *many(250))
    settle(transcript)
    assert texts(transcript)[0] == "ask 150"
    assert texts(transcript)[-1] == "answer 249"
    (older,) = [e for e in transcript.findChildren(QPushButton) if "older" in e.text()]
    for first in ("ask 50", "ask 0"):
        older.click()
        settle(transcript)
        assert texts(transcript)[0] == first
    assert not older.isVisible()
    assert len(texts(transcript)) == 500


def test_what_is_read_stays_in_place_while_older_ones_come(transcript: TranscriptView) -> None:
    draw(transcript, *many(250))
    settle(transcript)
    bar = transcript.verticalScrollBar()
    bar.setValue(200)
    read = texts_in(transcript)[10]
    place = read.mapTo(transcript, read.rect().topLeft()).y()
    transcript.load_older()
    settle(transcript)
    assert abs(read.mapTo(transcript, read.rect().topLeft()).y() - place) <= 2


def test_a_long_conversation_does_not_pile_up_widgets(transcript: TranscriptView) -> None:
    items = many(450)
    for end in range(0, 451, 50):
        draw(transcript, *items[:end])
        settle(transcript)
    assert len(transcript.findChildren(ExchangeWidget)) <= 401
    assert texts(transcript)[-1] == "answer 449"


def test_the_end_is_a_click_away(transcript: TranscriptView) -> None:
    draw(transcript, *many(30))
    settle(transcript)
    (jump,) = transcript.findChildren(JumpButton)
    assert not jump.isVisible()
    transcript.verticalScrollBar().setValue(0)
    assert jump.isVisible()
    jump.click()
    assert transcript.verticalScrollBar().value() == transcript.verticalScrollBar().maximum()
    assert not jump.isVisible()


def test_an_item_of_long_ago_can_be_shown(transcript: TranscriptView) -> None:
    items = many(250)
    draw(transcript, *items)
    settle(transcript)
    widget = transcript.show_item(3)
    lay_out()
    assert said_in(widget) == ["ask 3", "answer 3"]


def test_a_lost_session_offers_its_messages_to_the_next_one_once(
    application: QApplication,
) -> None:
    del application
    user_actions = UserActions()
    offering = TranscriptView(user_actions)
    carried: list[bool] = []
    user_actions.carried_over.connect(lambda: carried.append(True))
    lost = [answered("a", "1"), Notice(Kind.SESSION_LOST, "s")]
    offering.resize(600, 400)
    offering.show()
    draw(offering, *lost)
    (offer,) = [e for e in offering.findChildren(QToolButton) if "earlier" in e.text()]
    assert offer.isVisible()
    offer.click()
    assert carried == [True]
    draw(offering, *lost, answered("b", "2"))
    assert not offer.isVisible()
    offering.deleteLater()


def test_words_are_found_wherever_they_were_said(transcript: TranscriptView) -> None:
    bar = FindBar()
    search = TranscriptSearch(bar, transcript)
    items = [*many(250), answered("x", "a needle here"), *many(3)]
    items[7] = answered("7", "another NEEDLE")
    view = View(items=Items(items))
    transcript.draw(view)
    search.draw(view)
    settle(transcript)
    for step, says in ((-1, "2 of 2"), (-1, "1 of 2"), (-1, "2 of 2"), (1, "1 of 2")):
        bar.search_requested.emit("needle", step)
        assert any(each.text() == says for each in bar.findChildren(QLabel))
    lay_out()
    selected = [each.textCursor().selectedText() for each in texts_in(transcript)]
    assert "NEEDLE" in selected
    bar.search_requested.emit("hay", -1)
    assert any(each.text() == "not found" for each in bar.findChildren(QLabel))
    bar.deleteLater()


def test_a_queued_message_can_be_taken_back_and_a_sent_one_cannot(
    transcript: TranscriptView,
) -> None:
    def buttons() -> set[str]:
        found = transcript.findChildren(QToolButton)
        return {each.text() for each in found if each.isVisible() and each.text()}

    draw(transcript, Exchange("a", "ask", Delivery.QUEUED))
    assert buttons() == {"Edit", "Delete"}
    draw(transcript, Exchange("a", "ask", Delivery.SENT))
    assert buttons() == set()
    draw(transcript, Exchange("a", "ask", Delivery.FAILED))
    assert buttons() == {"Retry", "Edit", "Delete"}
