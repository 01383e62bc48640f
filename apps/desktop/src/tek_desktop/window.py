"""The window: it draws a view, and says by signals what the user wants.

It must never close by itself: it asks to be left, so that the connection can be put away first.
"""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QSize, Qt, Signal
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

from tek_chat import View
from tek_desktop.widgets.banner import Banner
from tek_desktop.widgets.chip import Chip
from tek_desktop.widgets.composer import Composer
from tek_desktop.widgets.empty import Empty
from tek_desktop.widgets.metrics import GAP
from tek_desktop.widgets.session_list import SessionList
from tek_desktop.widgets.transcript import Transcript
from tek_protocol.chat import SessionInfo

_SMALLEST, _FIRST = QSize(640, 420), QSize(1000, 700)
_SIDE, _REST = 230, 770


class Window(QMainWindow):
    """Sessions at the left, the conversation at the right, the connection below."""

    submitted = Signal(str)
    hurried = Signal()
    retry_wanted = Signal(str)
    discard_wanted = Signal(str)
    session_wanted = Signal(str)
    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setWindowTitle("Tek")
        self.setMinimumSize(_SMALLEST)
        self.resize(_FIRST)
        self.sessions, self.transcript, self.empty = SessionList(), Transcript(), Empty()
        self.banner, self.composer, self.chip = Banner(), Composer(), Chip()
        self._gateway = QLabel()
        self._lay_out()
        self._connect()
        self._add_keys()
        self.draw(View())
        self.composer.setFocus()

    def draw(self, view: View) -> None:
        """Show `view`."""
        self.transcript.draw(view)
        self.empty.draw("" if view.is_new else view.session_id)
        self._pages.setCurrentWidget(self.transcript if view.items else self.empty)
        self.chip.draw(view)
        self.sessions.mark(view.session_id)
        self._gateway.setText(view.connection.gateway)

    def list_sessions(self, sessions: Sequence[SessionInfo]) -> None:
        """Show which sessions there are."""
        self.sessions.show_sessions(sessions)

    def give_back(self, text: str) -> None:
        """Return a message that was not taken to the composer."""
        self.composer.give_back(text)

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
        self.left.emit()

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
        column.addWidget(self.banner)
        column.addWidget(self._pages, 1)
        column.addWidget(self.composer)
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
        self.composer.submitted.connect(self.submitted)
        self.composer.submitted.connect(self.transcript.follow)
        self.chip.hurried.connect(self.hurried)
        self.sessions.wanted.connect(self._choose)
        self.transcript.retry_wanted.connect(self.retry_wanted)
        self.transcript.discard_wanted.connect(self.discard_wanted)

    def _add_keys(self) -> None:
        self._add_key("New session", "Ctrl+N", lambda: self._choose(""))
        self._add_key("Try now", "F5", self.hurried.emit)
        self._add_key("Write a message", "Ctrl+L", self.composer.setFocus)
        self._add_key("Quit", "Ctrl+Q", self.close)

    def _add_key(self, name: str, key: str, act: Callable[[], object]) -> None:
        action = QAction(name, self)
        action.setShortcut(QKeySequence(key))
        action.triggered.connect(lambda: act())  # noqa: PLW0108 - without the signal's `checked`
        self.addAction(action)

    def _choose(self, session_id: str) -> None:
        self.session_wanted.emit(session_id)
        self.composer.setFocus()
