"""An answer shows all its parts, and its buttons say what the user wants."""

from collections.abc import Callable, Generator
from typing import TypeVar

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QColor, QDesktopServices, QGuiApplication, QPalette
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QTextEdit, QWidget

from tek_chat import (
    Answer,
    Approval,
    Checklist,
    Consent,
    Ending,
    Point,
    Process,
    Progress,
    Run,
    Todo,
    Tool,
)
from tek_desktop.conversation.answer_widget import AnswerWidget
from tek_desktop.widgets.text_view import TextView
from tek_desktop.widgets.user_actions import UserActions
from tek_protocol import chat

T = TypeVar("T", str, bool)


@pytest.fixture
def user_actions(application: QApplication) -> UserActions:
    del application
    return UserActions()


@pytest.fixture
def answer(user_actions: UserActions) -> Generator[AnswerWidget]:
    widget = AnswerWidget(user_actions)
    widget.resize(600, 400)
    yield widget
    widget.deleteLater()


def buttons(widget: QWidget) -> dict[str, QAbstractButton]:
    QApplication.processEvents()
    found = widget.findChildren(QAbstractButton)
    return {each.text(): each for each in found if each.isVisible()}


def labels(widget: QWidget) -> list[str]:
    QApplication.processEvents()
    return [each.text() for each in widget.findChildren(QLabel) if each.isVisible()]


def noting(said: list[tuple[str, T]]) -> Callable[[str, T], None]:
    def note(name: str, what: T) -> None:
        said.append((name, what))

    return note


def test_reasoning_is_there_for_whoever_opens_it(answer: AnswerWidget) -> None:
    answer.draw(Answer("a", "text", reasoning="thoughts"))
    (view,) = [e for e in answer.findChildren(QTextEdit) if e.accessibleName() == "Reasoning"]
    assert not view.isVisible()
    buttons(answer)["Reasoning"].click()
    assert view.isVisible()
    assert view.toPlainText() == "thoughts"
    answer.draw(Answer("a", "text", reasoning="thoughts and more"))
    assert view.toPlainText() == "thoughts and more"


def test_what_it_took_is_told_when_it_is_whole(answer: AnswerWidget) -> None:
    usage, cost = chat.Usage(1, 2, 3), chat.Cost(total_cost=0.5)
    answer.draw(Answer("a", "x", model="echo", usage=usage, cost=cost, ending=Ending.COMPLETE))
    assert "echo · 3 tokens (1 in, 2 out) · cost 0.5" in labels(answer)


def test_a_paused_answer_says_so_until_it_goes_on(answer: AnswerWidget) -> None:
    answer.draw(Answer("a", "hal"), "paused: continues when the gateway is back")
    assert "paused: continues when the gateway is back" in labels(answer)
    answer.draw(Answer("a", "half"))
    assert "paused: continues when the gateway is back" not in labels(answer)


def test_the_whole_answer_and_its_code_are_copied(answer: AnswerWidget) -> None:
    text = "before\n\n```py\nprint(1)\n```\nafter"
    answer.draw(Answer("a", text, ending=Ending.COMPLETE))
    buttons(answer)["Copy code"].click()
    assert QGuiApplication.clipboard().text() == "print(1)\n"
    assert "Copied" in buttons(answer)
    buttons(answer)["Copy"].click()
    assert QGuiApplication.clipboard().text() == text


def test_code_gets_its_colours_when_it_is_whole(answer: AnswerWidget) -> None:
    answer.draw(Answer("a", "```py\nimport os"))
    (code,) = [e for e in answer.findChildren(TextView) if e.accessibleName() == "Code"]
    assert code.toPlainText() == "import os"
    before = code.toHtml()
    answer.draw(Answer("a", "```py\nimport os\n```\n", ending=Ending.COMPLETE))
    assert code.toPlainText() == "import os"
    assert code.toHtml() != before


def test_colours_follow_the_palette(answer: AnswerWidget) -> None:
    answer.draw(Answer("a", "a [link](https://example.org)", ending=Ending.COMPLETE))
    (prose,) = [e for e in answer.findChildren(TextView) if e.accessibleName() == "Answer"]
    palette = QPalette(prose.palette())
    palette.setColor(QPalette.ColorRole.Link, QColor("#ab12cd"))
    prose.setPalette(palette)
    assert "#ab12cd" in prose.toHtml()


def test_links_are_opened_outside_and_files_are_not(
    answer: AnswerWidget, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []

    def open_url(url: QUrl) -> None:
        opened.append(url.toString())

    monkeypatch.setattr(QDesktopServices, "openUrl", open_url)
    source = chat.Source("https://example.org/x", "A & B")
    answer.draw(Answer("a", "text", sources=(source,)))
    (sources,) = [e for e in answer.findChildren(TextView) if e.accessibleName() == "Sources"]
    assert sources.toPlainText() == "Sources: A & B"
    for url in ("https://example.org/x", "file:///etc/passwd", "smb://x/y"):
        sources.anchorClicked.emit(QUrl(url))
    assert opened == ["https://example.org/x"]


def test_steps_and_plan_are_shown_with_their_state(answer: AnswerWidget) -> None:
    steps = (
        Tool("t", "search", "query", Run.DONE, "found"),
        Process("p", "make test", "lots", exit_code=2, state=Run.FAILED),
    )
    answer.draw(Answer("a", steps=steps, todos=(Todo("one", Progress.DONE), Todo("two"))))
    said = labels(answer)
    assert "✓ search: done" in said
    assert "✕ make test: exit code 2" in said
    assert "✓ one\n○ two" in said


def test_an_approval_asks_once(answer: AnswerWidget, user_actions: UserActions) -> None:
    decided: list[tuple[str, str]] = []
    user_actions.decided.connect(noting(decided))
    answer.draw(Answer("a", steps=(Approval("q", "rm", "-rf x", "to clean up"),)))
    for name in ("Allow once", "Allow in this session", "Deny"):
        buttons(answer)[name].click()
    assert decided == [("q", "once"), ("q", "session"), ("q", "deny")]
    answer.draw(Answer("a", steps=(Approval("q", "rm", state=Consent.DENIED),)))
    assert "Deny" not in buttons(answer)
    assert "✕ rm: denied" in labels(answer)


def test_a_checklist_asks_whether_to_go_ahead(
    answer: AnswerWidget, user_actions: UserActions
) -> None:
    confirmed: list[tuple[str, bool]] = []
    user_actions.confirmed.connect(noting(confirmed))
    points = (Point("disk", is_met=True), Point("network"))
    answer.draw(Answer("a", steps=(Checklist("c", "Ready?", points),)))
    assert "✓ disk\n✕ network" in labels(answer)
    for name in ("Go ahead", "Decline"):
        buttons(answer)[name].click()
    assert confirmed == [("c", True), ("c", False)]


def test_a_stopped_answer_keeps_its_text_and_is_marked_as_stopped(answer: AnswerWidget) -> None:
    answer.draw(Answer("a", "half", ending=Ending.STOPPED))
    assert "■ stopped" in labels(answer)
