"""The whole window: how it looks in light and dark, and how it is left."""

from collections.abc import Generator
from dataclasses import replace

import pytest
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

from reconnect_core.events import NotSaved
from tek_chat import Answer, Delivery, Ending, Exchange, View
from tek_chat.view.transcript import Transcript
from tek_desktop.window.main_window import Window

ANSWERED = Exchange(
    "a",
    "How?",
    Delivery.ANSWERED,
    answer=Answer("a", "So:\n\n```py\nx = 1\n```\n", ending=Ending.COMPLETE),
)
SAID = View(session_id="s", items=Transcript([ANSWERED]))
WAITS = View(session_id="s", items=Transcript([ANSWERED, Exchange("b", "later")]))


@pytest.fixture
def window(application: QApplication) -> Generator[Window]:
    before = application.palette()
    widget = Window()
    widget.show()
    yield widget
    application.setPalette(before)
    widget.deleteLater()


def lightness(window: Window) -> float:
    """Return how light the transcript is at its edge, from 0 to 1."""
    for _ in range(5):
        QApplication.processEvents()
    picture = window.grab().toImage()
    return picture.pixelColor(picture.width() - 20, picture.height() // 2).lightnessF()


def test_it_follows_the_palette_while_it_is_open(window: Window) -> None:
    window.draw(SAID)
    light = lightness(window)
    dark = QPalette(QColor("#303030"), QColor("#202020"))
    dark.setColor(QPalette.ColorRole.Base, QColor("#101010"))
    QApplication.setPalette(dark)
    assert light > 0.8
    assert lightness(window) < 0.2


def test_what_waits_is_told_of_when_the_window_is_left(window: Window) -> None:
    left: list[bool] = []
    window.user_actions.quit_requested.connect(lambda: left.append(True))
    window.draw(replace(WAITS, is_saved=True))
    window.quit()
    assert left == [True]
    assert window.is_showing_farewell
    assert (
        window.conversation.banner.text == "1 message is saved and will be sent at the next start"
    )
    assert window.conversation.banner.isVisible()


def test_a_window_whose_journal_failed_does_not_claim_that_messages_are_saved(
    window: Window,
) -> None:
    saved = replace(WAITS, is_saved=True)
    window.draw(saved.after(NotSaved("the disk is full")))
    window.quit()
    assert window.conversation.banner.text == "1 message is unsent and could not be saved"


def test_without_unsent_messages_the_window_goes_at_once(window: Window) -> None:
    window.draw(SAID)
    window.quit()
    assert not window.isVisible()
    assert not window.is_showing_farewell


def test_closing_leaves_it_in_the_tray_where_there_is_one(window: Window) -> None:
    left: list[bool] = []
    window.user_actions.quit_requested.connect(lambda: left.append(True))
    window.hides_on_close = True
    window.close()
    assert not window.isVisible()
    assert left == []
    window.show_for_second_start("")
    assert window.isVisible()


def test_drafts_of_another_time_come_back_with_their_session(window: Window) -> None:
    window.restore_drafts({"s": "half", "t": "other"})
    window.draw(SAID)
    assert window.composer.text == "half"
    assert window.drafts == {"s": "half", "t": "other"}
    window.user_actions.opened.emit("t")
    assert window.composer.text == "other"


def test_everything_that_can_be_used_has_a_name_for_those_who_do_not_see_it(
    window: Window,
) -> None:
    from PySide6.QtWidgets import QAbstractButton, QLineEdit, QTextEdit  # noqa: PLC0415

    window.draw(SAID)
    for kind in (QAbstractButton, QLineEdit, QTextEdit):
        for each in window.findChildren(kind):
            named = each.accessibleName() or getattr(each, "text", str)() or each.toolTip()
            is_part_of_another = each.objectName().startswith("qt_")
            assert named or is_part_of_another or not each.isVisible(), each
