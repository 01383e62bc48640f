"""The list of sessions by day, with a search field and a button for a new session.

It changes nothing itself: it emits what the user does.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from functools import partial

from PySide6.QtCore import QPoint, QSignalBlocker, Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QMessageBox,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from tek_desktop.sidebar.session_delegate import DETAIL, SessionDelegate
from tek_desktop.sidebar.session_labels import session_day, session_name, session_size
from tek_desktop.widgets.layout_metrics import GAP
from tek_desktop.widgets.user_actions import UserActions
from tek_protocol.chat import SessionInfo

_ID = Qt.ItemDataRole.UserRole


class SessionSidebar(QWidget):
    """A list for mouse and keyboard: Enter opens, F2 renames, Delete deletes after a question."""

    def __init__(
        self,
        user_actions: UserActions,
        today: Callable[[], date] = lambda: datetime.now().astimezone().date(),
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._user_actions, self._today = user_actions, today
        self._sessions: tuple[SessionInfo, ...] = ()
        self._drawn: tuple[object, ...] = ()
        self._current = ""
        self.search = QLineEdit(self)
        self.search.setPlaceholderText("Search sessions")
        self.search.setAccessibleName("Search sessions")
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._draw)
        self.search.returnPressed.connect(self._open_first)
        self._list = QListWidget(self)
        self._list.setAccessibleName("Sessions")
        self._list.setFrameShape(QFrame.Shape.NoFrame)
        self._list.setItemDelegate(SessionDelegate(self._list))
        self._list.setMouseTracking(True)
        self._list.setSpacing(1)
        self._list.setEditTriggers(QListWidget.EditTrigger.EditKeyPressed)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self._list.viewport().setAutoFillBackground(False)
        self._list.itemClicked.connect(self._open)
        self._list.itemActivated.connect(self._open)
        self._list.itemChanged.connect(self._rename)
        self._list.customContextMenuRequested.connect(self._show_menu)
        delete = QShortcut(QKeySequence(QKeySequence.StandardKey.Delete), self._list)
        delete.setContext(Qt.ShortcutContext.WidgetShortcut)
        delete.activated.connect(self._delete_current)
        self._build_layout()

    def show_sessions(self, sessions: Sequence[SessionInfo]) -> None:
        """Show `sessions` in their order."""
        self._sessions = tuple(sessions)
        if self._list.state() is not QListWidget.State.EditingState:
            self._draw()

    def select(self, session_id: str) -> None:
        """Mark the session that is shown."""
        if session_id != self._current:
            self._current = session_id
            self._select_current()

    def confirm_delete(self, session_id: str, name: str) -> None:
        """Open a dialog that asks before a session is deleted; does not block."""
        box = QMessageBox(
            QMessageBox.Icon.Warning,
            "Delete session",
            f"Delete “{name}”?",
            QMessageBox.StandardButton.Cancel,
            self.window(),
        )
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setInformativeText("This permanently deletes the conversation here and on the gateway.")
        delete = box.addButton("Delete", QMessageBox.ButtonRole.DestructiveRole)
        delete.clicked.connect(partial(self._user_actions.deleted.emit, session_id))
        box.setDefaultButton(QMessageBox.StandardButton.Cancel)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.open()

    # ---- Drawing ---------------------------------------------------------------------

    def _draw(self) -> None:
        sought, today = self.search.text().casefold().strip(), self._today()
        if self._drawn == (self._sessions, sought, today):
            return
        self._drawn = (self._sessions, sought, today)
        day = ""
        with QSignalBlocker(self._list):
            self._list.clear()
            for session in self._sessions:
                name = session_name(session)
                if sought not in name.casefold():
                    continue
                if (heading := session_day(session, today)) != day:
                    day = heading
                    QListWidgetItem(day, self._list).setFlags(Qt.ItemFlag.ItemIsEnabled)
                item = QListWidgetItem(name, self._list)
                item.setFlags(item.flags() | Qt.ItemFlag.ItemIsEditable)
                item.setData(_ID, session.session_id)
                item.setData(DETAIL, session_size(session))
                item.setToolTip(name)
        self._select_current()

    def _select_current(self) -> None:
        with QSignalBlocker(self._list):
            self._list.setCurrentRow(-1)
            for row in range(self._list.count()):
                if self._current and self._list.item(row).data(_ID) == self._current:
                    self._list.setCurrentRow(row)

    def _build_layout(self) -> None:
        title, new = QLabel("Sessions", self), QPushButton("New", self)
        font = title.font()
        font.setBold(True)
        title.setFont(font)
        new.setToolTip("Start a new session (Ctrl+N)")
        new.clicked.connect(partial(self._user_actions.opened.emit, ""))
        head = QHBoxLayout()
        head.setContentsMargins(GAP, 0, 0, 0)
        head.addWidget(title, 1)
        head.addWidget(new)
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP, GAP, GAP, GAP)
        column.addLayout(head)
        column.addWidget(self.search)
        column.addWidget(self._list, 1)

    # ---- User actions ------------------------------------------------------------------

    def _open(self, item: QListWidgetItem) -> None:
        if item.data(_ID):
            self._user_actions.opened.emit(str(item.data(_ID)))

    def _open_first(self) -> None:
        for row in range(self._list.count()):
            if self._list.item(row).data(_ID):
                self._open(self._list.item(row))
                return

    def _rename(self, item: QListWidgetItem) -> None:
        self._user_actions.renamed.emit(str(item.data(_ID)), item.text().strip())

    def _delete_current(self) -> None:
        row = self._list.currentRow()
        item = self._list.item(row)
        if row >= 0 and item.data(_ID):
            self.confirm_delete(str(item.data(_ID)), item.text())

    def _show_menu(self, place: QPoint) -> None:
        row = self._list.indexAt(place).row()
        item = self._list.item(row)
        if row < 0 or not item.data(_ID):
            return
        menu = QMenu(self._list)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("Rename", "F2", partial(self._list.editItem, item))
        ask = partial(self.confirm_delete, str(item.data(_ID)), item.text())
        menu.addAction("Delete…", "Del", ask)
        menu.popup(self._list.viewport().mapToGlobal(place))
