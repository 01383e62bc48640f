"""The main window: it draws a view, and emits what the user does as `user_actions`.

It does not end the program: `quit` is a request, so that the connection can be closed first.
"""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QCloseEvent, QKeySequence, QPalette
from PySide6.QtWidgets import QLabel, QMainWindow, QSplitter, QStackedWidget, QStatusBar

from tek_chat import View
from tek_chat.view import wording
from tek_desktop.conversation.model_choices import ModelChoices
from tek_desktop.status.connection_page import ConnectionPage
from tek_desktop.status.status_chip import StatusChip
from tek_desktop.widgets.layout_metrics import GAP
from tek_desktop.widgets.user_actions import UserActions
from tek_desktop.window.conversation_page import ConversationPage
from tek_desktop.window.session_drafts import SessionDrafts
from tek_desktop.window.side_panel import SidePanel
from tek_protocol.chat import ModelInfo, SessionInfo

_MINIMUM, _INITIAL = QSize(640, 420), QSize(1000, 700)
_SIDE_WIDTH, _PAGES_WIDTH = 230, 770
_Keys = QKeySequence.StandardKey


class Window(QMainWindow):
    """Sessions at the left, the conversation at the right, the state of the connection below.

    With `hides_on_close`, closing the window hides it instead of quitting: it can be shown again.
    `default_model` answers in sessions for which no model was chosen; "" is the gateway's default.
    """

    notified = Signal(str)
    """A text for a notification, for a user who is not looking at the window."""

    def __init__(self) -> None:
        super().__init__()
        self.setWindowTitle("Tek")
        self.setMinimumSize(_MINIMUM)
        self.resize(_INITIAL)
        self.user_actions = UserActions(self)
        self._view, self._drafts = View(), SessionDrafts()
        self.models, self.default_model = ModelChoices(), ""
        self.hides_on_close = self.is_showing_farewell = False
        self._side, self.status_chip = SidePanel(self.user_actions), StatusChip()
        self.conversation = ConversationPage(self.user_actions)
        self.connection_page = ConnectionPage()
        self.sidebar, self.composer = self._side.sidebar, self.conversation.composer
        self._gateway = QLabel()
        self._build_layout()
        self._connect_signals()
        self._add_shortcuts()
        self.draw(View())
        self.composer.setFocus()

    def draw(self, view: View) -> None:
        """Show `view`."""
        self._view = view
        if draft := self._drafts.take_first(view.session_id):
            self.composer.restore_text(draft)
        self.models.set_current_id(view.session_id)
        self.composer.model.select(self.models.current or self.default_model)
        self.conversation.draw(view)
        self.status_chip.draw(view)
        self.sidebar.select(view.session_id)
        self._gateway.setText(view.connection.gateway)

    def show_sessions(self, sessions: Sequence[SessionInfo]) -> None:
        """List the gateway's sessions."""
        self.sidebar.show_sessions(sessions)

    def show_models(self, models: Sequence[ModelInfo]) -> None:
        """Offer the gateway's models."""
        self.composer.model.set_models(models)

    def restore_text(self, text: str) -> None:
        """Put a message that was rejected, or is to be edited, back into the composer."""
        self.composer.restore_text(text)
        self.composer.setFocus()

    def show_error(self, problem: str) -> None:
        """Show an unexpected error of this program."""
        self.conversation.banner.show_error(problem)

    def show_note(self, text: str) -> None:
        """Show the result of something that took a while."""
        self.conversation.banner.show_note(text)

    def submit(self, text: str) -> None:
        """Submit `text` as if the user had typed it and pressed Enter."""
        self.composer.set_text(text)
        self.composer.submit()

    def bring_to_front(self) -> None:
        """Show the window above the others, even if it was minimized or hidden."""
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.show()
        self.raise_()
        self.activateWindow()

    def show_for_second_start(self, session_id: str) -> None:
        """Come to the front instead of a second window, and open `session_id` unless it is ""."""
        self.bring_to_front()
        if session_id:
            self.user_actions.opened.emit(session_id)

    @property
    def drafts(self) -> dict[str, str]:
        """The unsent texts by session id."""
        return self._drafts.with_current(self._view.session_id, self.composer.text)

    def restore_drafts(self, drafts: dict[str, str]) -> None:
        """Start with the drafts of an earlier run."""
        self._drafts.restore(drafts)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        event.ignore()
        if self.hides_on_close:
            self.hide()
        else:
            self.quit()

    def quit(self) -> None:
        """Request the end of the program, and show how many messages are still unsent."""
        farewell = wording.farewell(self._view)
        if farewell:
            self.conversation.show_farewell(farewell)
            self.sidebar.setEnabled(False)
            self.connection_page.setEnabled(False)
            self.is_showing_farewell = True
            self.notified.emit(farewell)
        else:
            self.hide()
        self.user_actions.quit_requested.emit()

    def show_connection(self) -> None:
        """Show the connection page."""
        self._pages.setCurrentWidget(self.connection_page)

    def show_chat(self) -> None:
        """Show the conversation."""
        self._pages.setCurrentWidget(self.conversation)
        self.composer.setFocus()

    def ask_for_token(self) -> None:
        """Open the dialog for a token."""
        from tek_desktop.status.token_dialog import TokenDialog  # noqa: PLC0415 - rarely needed

        dialog = TokenDialog(self._view.connection.gateway, self)
        dialog.token_entered.connect(self.user_actions.token_entered)
        dialog.open()

    def _build_layout(self) -> None:
        self._pages = QStackedWidget()
        self._pages.addWidget(self.conversation)
        self._pages.addWidget(self.connection_page)
        sides = QSplitter(Qt.Orientation.Horizontal)
        sides.addWidget(self._side)
        sides.addWidget(self._pages)
        sides.setSizes([_SIDE_WIDTH, _PAGES_WIDTH])
        sides.setHandleWidth(1)
        sides.setStretchFactor(1, 1)
        sides.setChildrenCollapsible(False)
        self.setCentralWidget(sides)
        bar = QStatusBar()
        bar.setSizeGripEnabled(False)
        bar.addWidget(self.status_chip, 1)
        self._gateway.setAccessibleName("Gateway")
        self._gateway.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self._gateway.setContentsMargins(0, 0, GAP, 0)
        bar.addPermanentWidget(self._gateway)
        self.setStatusBar(bar)

    def _connect_signals(self) -> None:
        self._side.connection_requested.connect(self.show_connection)
        self.status_chip.retry_now_requested.connect(self.user_actions.retry_now_requested)
        self.status_chip.token_requested.connect(self.ask_for_token)
        self.user_actions.opened.connect(self._switch_draft)
        self.connection_page.closed.connect(self.show_chat)

    def _add_shortcuts(self) -> None:
        actions = self.user_actions
        self._add_shortcut("New session", _Keys.New, lambda: actions.opened.emit(""))
        self._add_shortcut("Search sessions", "Ctrl+K", self.sidebar.search.setFocus)
        self._add_shortcut("Find", _Keys.Find, self.conversation.find_bar.begin)
        self._add_shortcut("Write a message", "Ctrl+L", self.composer.setFocus)
        self._add_shortcut("Retry now", "F5", actions.retry_now_requested.emit)
        self._add_shortcut("Settings", "Ctrl+,", actions.settings_requested.emit)
        self._add_shortcut("Back, or stop generating", "Esc", self._escape)
        self._add_shortcut("Quit", "Ctrl+Q", self.quit)

    def _add_shortcut(self, name: str, key: str | _Keys, act: Callable[[], object]) -> None:
        action = QAction(name, self)
        action.setShortcut(QKeySequence(key))
        action.triggered.connect(lambda: act())  # noqa: PLW0108 - without the signal's `checked`
        self.addAction(action)

    def _switch_draft(self, session_id: str) -> None:
        """Show the conversation with the draft of the session that is opened."""
        self._pages.setCurrentWidget(self.conversation)
        before = self._view.session_id
        self._drafts.skip_first()
        if session_id != before:
            draft = self._drafts.switch(before, self.composer.text, session_id)
            self.composer.set_text(draft)
        self.composer.setFocus()

    def _escape(self) -> None:
        find_bar = self.conversation.find_bar
        if self.connection_page.isVisible():
            self.show_chat()
        elif find_bar.isVisible():
            find_bar.hide()
        else:
            self.user_actions.stopped.emit()
        self.composer.setFocus()
