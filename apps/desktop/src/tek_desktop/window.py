"""The window: it draws a view, and says by its wishes what the user wants.

It must never close by itself: it asks to be left, so that the connection can be put away first.
"""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QCloseEvent, QKeySequence, QPalette
from PySide6.QtWidgets import (
    QLabel,
    QMainWindow,
    QSplitter,
    QStackedWidget,
    QStatusBar,
    QVBoxLayout,
    QWidget,
)

from tek_chat import View, words
from tek_desktop.widgets.banner import Banner
from tek_desktop.widgets.chip import Chip
from tek_desktop.widgets.composer import Composer
from tek_desktop.widgets.empty import Empty
from tek_desktop.widgets.find_bar import FindBar
from tek_desktop.widgets.metrics import GAP
from tek_desktop.widgets.search import Search
from tek_desktop.widgets.session_list import SessionList
from tek_desktop.widgets.token_dialog import TokenDialog
from tek_desktop.widgets.transcript import Transcript
from tek_desktop.wishes import Wishes
from tek_protocol.chat import SessionInfo

_SMALLEST, _FIRST = QSize(640, 420), QSize(1000, 700)
_SIDE, _REST = 230, 770
_Keys = QKeySequence.StandardKey


class Window(QMainWindow):
    """Sessions at the left, the conversation at the right, the connection below."""

    def __init__(self) -> None:
        super().__init__()
        self.setWindowTitle("Tek")
        self.setMinimumSize(_SMALLEST)
        self.resize(_FIRST)
        self.wishes = Wishes(self)
        self._view, self._drafts = View(), dict[str, str]()
        self.sessions, self.empty = SessionList(self.wishes), Empty()
        self.transcript, self.find_bar = Transcript(self.wishes), FindBar()
        self.banner, self.composer, self.chip = Banner(), Composer(), Chip()
        self._search = Search(self.find_bar, self.transcript)
        self._gateway = QLabel()
        self._lay_out()
        self._connect()
        self._add_keys()
        self.draw(View())
        self.composer.setFocus()

    def draw(self, view: View) -> None:
        """Show `view`."""
        self._view = view
        self.transcript.draw(view)
        self._search.draw(view)
        self.empty.draw("" if view.is_new else view.session_id)
        self._pages.setCurrentWidget(self.transcript if view.items else self.empty)
        self.chip.draw(view)
        self.composer.offer_stop(words.can_stop(view))
        self.sessions.mark(view.session_id)
        self._gateway.setText(view.connection.gateway)

    def list_sessions(self, sessions: Sequence[SessionInfo]) -> None:
        """Show which sessions there are."""
        self.sessions.show_sessions(sessions)

    def give_back(self, text: str) -> None:
        """Return a message that was not taken, or is to be changed, to the composer."""
        self.composer.give_back(text)
        self.composer.setFocus()

    def warn(self, problem: str) -> None:
        """Say that something went wrong in this program."""
        self.banner.show_problem(problem)

    def write(self, line: str) -> None:
        """Type `line` and press Enter."""
        self.composer.write(line)
        self.composer.send()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        event.ignore()
        self.hide()
        self.wishes.left.emit()

    # ---- How it is put together --------------------------------------------------------------

    def _lay_out(self) -> None:
        self._pages = QStackedWidget()
        self._pages.addWidget(self.empty)
        self._pages.addWidget(self.transcript)
        conversation = QWidget()
        conversation.setBackgroundRole(QPalette.ColorRole.Base)
        conversation.setAutoFillBackground(True)
        column = QVBoxLayout(conversation)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for widget in (self.banner, self.find_bar, self._pages, self.composer):
            column.addWidget(widget)
        column.setStretchFactor(self._pages, 1)
        sides = QSplitter(Qt.Orientation.Horizontal)
        sides.addWidget(self.sessions)
        sides.addWidget(conversation)
        sides.setSizes([_SIDE, _REST])
        sides.setHandleWidth(1)
        sides.setStretchFactor(1, 1)
        sides.setChildrenCollapsible(False)
        self.setCentralWidget(sides)
        self.setStatusBar(self._status_bar())

    def _status_bar(self) -> QStatusBar:
        bar = QStatusBar()
        bar.setSizeGripEnabled(False)
        bar.addWidget(self.chip, 1)
        self._gateway.setAccessibleName("Gateway")
        self._gateway.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self._gateway.setContentsMargins(0, 0, GAP, 0)
        bar.addPermanentWidget(self._gateway)
        return bar

    def _connect(self) -> None:
        self.composer.submitted.connect(self.wishes.submitted)
        self.composer.submitted.connect(self.transcript.follow)
        self.composer.stopped.connect(self.wishes.stopped)
        self.chip.hurried.connect(self.wishes.hurried)
        self.chip.token_wanted.connect(self.ask_for_token)
        self.wishes.opened.connect(self._change_draft)

    def _add_keys(self) -> None:
        self._add_key("New session", _Keys.New, lambda: self.wishes.opened.emit(""))
        self._add_key("Search sessions", "Ctrl+K", self.sessions.search.setFocus)
        self._add_key("Find", _Keys.Find, self.find_bar.begin)
        self._add_key("Write a message", "Ctrl+L", self.composer.setFocus)
        self._add_key("Try now", "F5", self.wishes.hurried.emit)
        self._add_key("Back, or stop", "Esc", self._escape)
        self._add_key("Quit", "Ctrl+Q", self.close)

    def _add_key(self, name: str, key: str | _Keys, act: Callable[[], object]) -> None:
        action = QAction(name, self)
        action.setShortcut(QKeySequence(key))
        action.triggered.connect(lambda: act())  # noqa: PLW0108 - without the signal's `checked`
        self.addAction(action)

    # ---- What the user does ------------------------------------------------------------------

    def ask_for_token(self) -> None:
        """Let the user enter a token."""
        dialog = TokenDialog(self._view.connection.gateway, self)
        dialog.given.connect(self.wishes.token_given)
        dialog.open()

    def _change_draft(self, session_id: str) -> None:
        """Put the draft away that belongs to the session which is left."""
        known = self._view.session_id
        if session_id != known:
            self._drafts[known] = self.composer.text
            self.composer.write(self._drafts.pop(session_id, ""))
        self.composer.setFocus()

    def _escape(self) -> None:
        if self.find_bar.isVisible():
            self.find_bar.hide()
        else:
            self.wishes.stopped.emit()
        self.composer.setFocus()
