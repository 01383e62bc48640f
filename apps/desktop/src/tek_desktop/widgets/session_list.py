"""The sessions that the gateway has, the newest first, and a button for a new one.

It must never ask for them: it is told.
"""

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from tek_desktop.labels import session_name, session_size
from tek_desktop.widgets.metrics import GAP
from tek_desktop.widgets.session_delegate import DETAIL, SessionDelegate
from tek_protocol.chat import SessionInfo

_ID = Qt.ItemDataRole.UserRole


class SessionList(QWidget):
    """A list to choose from, by mouse or keyboard."""

    wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sessions: tuple[SessionInfo, ...] = ()
        self._current = ""
        self._list = QListWidget(self)
        self._list.setAccessibleName("Sessions")
        self._list.setFrameShape(QFrame.Shape.NoFrame)
        self._list.setItemDelegate(SessionDelegate(self._list))
        self._list.setMouseTracking(True)
        self._list.setSpacing(1)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.viewport().setAutoFillBackground(False)
        self._list.itemClicked.connect(self._chosen)
        self._list.itemActivated.connect(self._chosen)
        title, new = QLabel("Sessions", self), QPushButton("New", self)
        font = title.font()
        font.setBold(True)
        title.setFont(font)
        new.setToolTip("Begin a new session (Ctrl+N)")
        new.clicked.connect(lambda: self.wanted.emit(""))
        head = QHBoxLayout()
        head.setContentsMargins(GAP, 0, 0, 0)
        head.addWidget(title, 1)
        head.addWidget(new)
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP, GAP, GAP, GAP)
        column.addLayout(head)
        column.addWidget(self._list, 1)

    def show_sessions(self, sessions: Sequence[SessionInfo]) -> None:
        """Show `sessions` in their order."""
        if tuple(sessions) == self._sessions:
            return
        self._sessions = tuple(sessions)
        with QSignalBlocker(self._list):
            self._list.clear()
            for each in self._sessions:
                item = QListWidgetItem(session_name(each), self._list)
                item.setData(_ID, each.session_id)
                item.setData(DETAIL, session_size(each))
                item.setToolTip(each.session_id)
        self._select()

    def mark(self, session_id: str) -> None:
        """Mark the session that is open."""
        if session_id != self._current:
            self._current = session_id
            self._select()

    def _select(self) -> None:
        with QSignalBlocker(self._list):
            self._list.setCurrentRow(-1)
            for row, each in enumerate(self._sessions):
                if each.session_id == self._current:
                    self._list.setCurrentRow(row)

    def _chosen(self, item: QListWidgetItem) -> None:
        self.wanted.emit(str(item.data(_ID)))
