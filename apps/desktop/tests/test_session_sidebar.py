"""Sessions stand under their day; searching, renaming and deleting are user_actions."""

from collections.abc import Generator
from datetime import date

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QShortcut
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QListWidget, QMessageBox, QPushButton

from tek_desktop.sidebar.session_sidebar import SessionSidebar
from tek_desktop.widgets.user_actions import UserActions
from tek_protocol.chat import SessionInfo

TODAY = date(2026, 3, 14)
SESSIONS = tuple(
    SessionInfo(f"s{number}", created_at=f"{day}T12:00:00", message_count=2, title=title)
    for number, (day, title) in enumerate(
        [
            ("2026-03-14", "Soup"),
            ("2026-03-14", "A cat"),
            ("2026-03-13", "Soup again"),
            ("2026-01-02", "Resolutions"),
        ]
    )
)


@pytest.fixture
def user_actions(application: QApplication) -> UserActions:
    del application
    return UserActions()


@pytest.fixture
def sessions(user_actions: UserActions, application: QApplication) -> Generator[SessionSidebar]:
    widget = SessionSidebar(user_actions, lambda: TODAY)
    widget.resize(250, 500)
    widget.show()
    widget.show_sessions(SESSIONS)
    application.processEvents()
    yield widget
    for box in widget.window().findChildren(QMessageBox):
        box.close()
    widget.deleteLater()


def lines(sessions: SessionSidebar) -> list[str]:
    found = sessions.findChildren(QListWidget)[0]
    return [found.item(row).text() for row in range(found.count())]


def test_sessions_stand_under_their_day(sessions: SessionSidebar) -> None:
    assert lines(sessions) == [
        *("Today", "Soup", "A cat"),
        *("Yesterday", "Soup again"),
        *("Friday, 2 January", "Resolutions"),
    ]


def test_a_search_leaves_what_matches(sessions: SessionSidebar) -> None:
    sessions.search.setText("SOUP")
    assert lines(sessions) == ["Today", "Soup", "Yesterday", "Soup again"]
    sessions.search.setText("")
    assert len(lines(sessions)) == 7


def test_enter_in_the_search_opens_the_first(
    sessions: SessionSidebar, user_actions: UserActions
) -> None:
    opened: list[str] = []
    user_actions.opened.connect(opened.append)
    sessions.search.setText("again")
    QTest.keyClick(sessions.search, Qt.Key.Key_Return)
    assert opened == ["s2"]


def test_a_new_name_is_a_wish(sessions: SessionSidebar, user_actions: UserActions) -> None:
    renamed: list[tuple[str, str]] = []

    def note(session_id: str, title: str) -> None:
        renamed.append((session_id, title))

    user_actions.renamed.connect(note)
    listed = sessions.findChildren(QListWidget)[0]
    listed.item(1).setText("Stew")
    assert renamed == [("s0", "Stew")]


def test_delete_asks_first_and_holds_nothing_up(
    sessions: SessionSidebar, user_actions: UserActions
) -> None:
    deleted: list[str] = []
    user_actions.deleted.connect(deleted.append)
    sessions.select("s1")
    (key,) = sessions.findChildren(QListWidget)[0].findChildren(QShortcut)
    key.activated.emit()
    (box,) = sessions.window().findChildren(QMessageBox)
    assert "A cat" in box.text()
    assert deleted == []
    (delete,) = [each for each in box.findChildren(QPushButton) if each.text() == "Delete"]
    delete.click()
    assert deleted == ["s1"]


def test_the_open_session_is_marked_and_a_day_never_is(sessions: SessionSidebar) -> None:
    listed = sessions.findChildren(QListWidget)[0]
    sessions.select("s2")
    assert listed.currentItem().text() == "Soup again"
    sessions.select("")
    assert listed.currentRow() == -1
