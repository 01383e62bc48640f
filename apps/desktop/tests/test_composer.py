"""The composer grows, sends, and gives back what was not taken."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPlainTextEdit, QPushButton

from tek_desktop.conversation.composer import Composer


@pytest.fixture
def composer(application: QApplication) -> Composer:
    widget = Composer()
    widget.resize(500, 100)
    widget.grab()
    application.processEvents()
    return widget


@pytest.fixture
def draft(composer: Composer) -> QPlainTextEdit:
    return composer.findChildren(QPlainTextEdit)[0]


@pytest.fixture
def submitted(composer: Composer) -> list[str]:
    texts: list[str] = []
    composer.submitted.connect(texts.append)
    return texts


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter])
def test_enter_sends_and_begins_anew(
    draft: QPlainTextEdit, submitted: list[str], key: Qt.Key
) -> None:
    QTest.keyClicks(draft, "hello")
    QTest.keyClick(draft, key)
    assert submitted == ["hello"]
    assert draft.toPlainText() == ""


def test_the_button_sends_too(
    composer: Composer, draft: QPlainTextEdit, submitted: list[str]
) -> None:
    QTest.keyClicks(draft, "hello")
    QTest.mouseClick(composer.findChildren(QPushButton)[0], Qt.MouseButton.LeftButton)
    assert submitted == ["hello"]


def test_shift_and_enter_break_the_line(draft: QPlainTextEdit, submitted: list[str]) -> None:
    QTest.keyClicks(draft, "one")
    QTest.keyClick(draft, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClicks(draft, "two")
    assert draft.toPlainText() == "one\ntwo"
    assert submitted == []


def test_what_comes_back_stands_before_what_was_written_since(
    composer: Composer, draft: QPlainTextEdit
) -> None:
    QTest.keyClicks(draft, "since")
    composer.restore_text("before")
    assert draft.toPlainText() == "before\nsince"
    draft.clear()
    composer.restore_text("before")
    assert draft.toPlainText() == "before"


def test_it_grows_line_by_line_up_to_six_and_shrinks_again(draft: QPlainTextEdit) -> None:
    heights: list[int] = []
    for lines in range(1, 9):
        draft.setPlainText("\n".join(["x"] * lines))
        heights.append(draft.height())
    line = draft.fontMetrics().lineSpacing()
    assert [each - heights[0] for each in heights] == [line * n for n in (0, 1, 2, 3, 4, 5, 5, 5)]
    draft.clear()
    assert draft.height() == heights[0]


def test_it_grows_with_a_line_that_wraps(draft: QPlainTextEdit) -> None:
    one = draft.height()
    draft.setPlainText("words " * 60)
    assert draft.height() > one
