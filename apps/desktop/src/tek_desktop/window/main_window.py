"""The window: it draws a view, and says by its wishes what the user wants.

It must never close by itself: it asks to be left, so that the connection can be put away first.
"""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QCloseEvent, QKeySequence, QPalette
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QMainWindow,
    QSplitter,
    QStackedWidget,
    QStatusBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from tek_chat import View
from tek_chat.view import wording
from tek_desktop.conversation.composer import Composer
from tek_desktop.conversation.empty_session import EmptySession
from tek_desktop.conversation.find_bar import FindBar
from tek_desktop.conversation.model_choices import ModelChoices
from tek_desktop.conversation.transcript_search import TranscriptSearch
from tek_desktop.conversation.transcript_view import TranscriptView
from tek_desktop.icons import icon
from tek_desktop.sidebar.session_sidebar import SessionSidebar
from tek_desktop.status.connection_page import ConnectionPage
from tek_desktop.status.status_chip import StatusChip
from tek_desktop.widgets.layout_metrics import GAP
from tek_desktop.widgets.user_actions import UserActions
from tek_desktop.window.banner import Banner
from tek_protocol.chat import ModelInfo, SessionInfo

_SMALLEST, _FIRST = QSize(640, 420), QSize(1000, 700)
_SIDE, _REST = 230, 770
_Keys = QKeySequence.StandardKey


class Window(QMainWindow):
    """Sessions at the left, the conversation at the right, the connection below.

    `keeps` says that what was not sent is saved, and `stays` that a closed window can be found
    again, so that closing it does not end the program. `model` answers where nobody has chosen,
    "" whichever the gateway prefers.
    """

    notified = Signal(str)
    """Something that is worth knowing even to somebody who looks elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.setWindowTitle("Tek")
        self.setMinimumSize(_SMALLEST)
        self.resize(_FIRST)
        self.wishes = UserActions(self)
        self._view, self._drafts, self._untouched = View(), dict[str, str](), False
        self.models, self.model = ModelChoices(), ""
        self.sessions, self.empty = SessionSidebar(self.wishes), EmptySession()
        self.transcript, self.find_bar = TranscriptView(self.wishes), FindBar()
        self.banner, self.composer, self.chip = Banner(), Composer(), StatusChip()
        self.page = ConnectionPage()
        self.keeps = self.stays = self.is_saying_goodbye = False
        self._search = TranscriptSearch(self.find_bar, self.transcript)
        self._gateway = QLabel()
        self._lay_out()
        self._connect()
        self._add_keys()
        self.draw(View())
        self.composer.setFocus()

    def draw(self, view: View) -> None:
        """Show `view`."""
        self._view = view
        self._restore_draft(view.session_id)
        self.models.be_at(view.session_id)
        self._mark_model()
        self.transcript.draw(view)
        self._search.draw(view)
        self.empty.draw("" if view.is_new else view.session_id)
        self._pages.setCurrentWidget(self.transcript if view.items else self.empty)
        self.chip.draw(view)
        self.composer.offer_stop(wording.can_stop(view))
        self.sessions.mark(view.session_id)
        self._gateway.setText(view.connection.gateway)

    def list_sessions(self, sessions: Sequence[SessionInfo]) -> None:
        """Show which sessions there are."""
        self.sessions.show_sessions(sessions)

    def list_models(self, models: Sequence[ModelInfo]) -> None:
        """Show which models there are."""
        self.composer.model.offer(models)

    def give_back(self, text: str) -> None:
        """Return a message that was not taken, or is to be changed, to the composer."""
        self.composer.give_back(text)
        self.composer.setFocus()

    def warn(self, problem: str) -> None:
        """Say that something went wrong in this program."""
        self.banner.show_problem(problem)

    def note(self, text: str) -> None:
        """Say what became of something that takes its time."""
        self.banner.show_note(text)

    def write(self, line: str) -> None:
        """Type `line` and press Enter."""
        self.composer.write(line)
        self.composer.send()

    def come_forward(self) -> None:
        """Be seen, wherever the window was."""
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.show()
        self.raise_()
        self.activateWindow()

    def answer_start(self, session_id: str) -> None:
        """Take the place of a second window, for `session_id` if one was asked for."""
        self.come_forward()
        if session_id:
            self.wishes.opened.emit(session_id)

    @property
    def drafts(self) -> dict[str, str]:
        """What was written and not sent, by session."""
        return {**self._drafts, self._view.session_id: self.composer.text}

    def take_drafts(self, drafts: dict[str, str]) -> None:
        """Go on with what was written at another time."""
        self._drafts = {**drafts}
        self._untouched = True

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        event.ignore()
        if self.stays:
            self.hide()
        else:
            self.leave()

    def leave(self) -> None:
        """Ask to be left; what waits to be sent is told of meanwhile, and nobody is asked."""
        farewell = wording.farewell(self._view) if self.keeps else ""
        if farewell:
            self.banner.show_note(farewell)
            for each in (self.sessions, self._pages, self.composer, self.page):
                each.setEnabled(False)
            self.is_saying_goodbye = True
            self.notified.emit(farewell)
        else:
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
        sides.addWidget(self._side())
        self._rooms = QStackedWidget()
        self._rooms.addWidget(conversation)
        self._rooms.addWidget(self.page)
        sides.addWidget(self._rooms)
        sides.setSizes([_SIDE, _REST])
        sides.setHandleWidth(1)
        sides.setStretchFactor(1, 1)
        sides.setChildrenCollapsible(False)
        self.setCentralWidget(sides)
        self.setStatusBar(self._status_bar())

    def _side(self) -> QWidget:
        side, foot = QWidget(), QHBoxLayout()
        foot.setContentsMargins(GAP, 0, GAP, GAP)
        for name, act in (
            ("Connection", self.show_connection),
            ("Settings", self.wishes.settings_wanted.emit),
        ):
            button = QToolButton(side)
            button.setText(name)
            button.setIcon(icon(name.lower(), self.palette()))
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            button.setAutoRaise(True)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.clicked.connect(partial(act))
            foot.addWidget(button)
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.sessions, 1)
        column.addLayout(foot)
        return side

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
        self.composer.model.chosen.connect(self.wishes.model_chosen)
        self.composer.model.chosen.connect(self.composer.setFocus)
        self.chip.hurried.connect(self.wishes.hurried)
        self.chip.token_wanted.connect(self.ask_for_token)
        self.wishes.opened.connect(self._change_draft)
        self.page.closed.connect(self.show_chat)

    def _add_keys(self) -> None:
        self._add_key("New session", _Keys.New, lambda: self.wishes.opened.emit(""))
        self._add_key("Search sessions", "Ctrl+K", self.sessions.search.setFocus)
        self._add_key("Find", _Keys.Find, self.find_bar.begin)
        self._add_key("Write a message", "Ctrl+L", self.composer.setFocus)
        self._add_key("Try now", "F5", self.wishes.hurried.emit)
        self._add_key("Settings", "Ctrl+,", self.wishes.settings_wanted.emit)
        self._add_key("Back, or stop", "Esc", self._escape)
        self._add_key("Quit", "Ctrl+Q", self.leave)

    def _add_key(self, name: str, key: str | _Keys, act: Callable[[], object]) -> None:
        action = QAction(name, self)
        action.setShortcut(QKeySequence(key))
        action.triggered.connect(lambda: act())  # noqa: PLW0108 - without the signal's `checked`
        self.addAction(action)

    # ---- What the user does ------------------------------------------------------------------

    def show_connection(self) -> None:
        """Show all there is to know about the connection."""
        self._rooms.setCurrentWidget(self.page)

    def show_chat(self) -> None:
        """Show the conversation."""
        self._rooms.setCurrentIndex(0)
        self.composer.setFocus()

    def ask_for_token(self) -> None:
        """Let the user enter a token."""
        from tek_desktop.status.token_dialog import TokenDialog  # noqa: PLC0415 - rarely needed

        dialog = TokenDialog(self._view.connection.gateway, self)
        dialog.given.connect(self.wishes.token_given)
        dialog.open()

    def _change_draft(self, session_id: str) -> None:
        """Put the draft away that belongs to the session which is left."""
        self._rooms.setCurrentIndex(0)
        known = self._view.session_id
        self._untouched = False
        if session_id != known:
            self._drafts[known] = self.composer.text
            self.composer.write(self._drafts.pop(session_id, ""))
        self.composer.setFocus()

    def _restore_draft(self, session_id: str) -> None:
        """Go on with the draft of the session that comes first, unless there is one already."""
        if self._untouched and session_id in self._drafts:
            self._untouched = False
            self.composer.give_back(self._drafts.pop(session_id))

    def _mark_model(self) -> None:
        self.composer.model.mark(self.models.name or self.model)

    def _escape(self) -> None:
        if self.page.isVisible():
            self.show_chat()
        elif self.find_bar.isVisible():
            self.find_bar.hide()
        else:
            self.wishes.stopped.emit()
        self.composer.setFocus()
