"""The left side of the window: the list of sessions, and buttons for connection and settings."""

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from tek_desktop.icons import icon
from tek_desktop.sidebar.session_sidebar import SessionSidebar
from tek_desktop.widgets.layout_metrics import GAP
from tek_desktop.widgets.user_actions import UserActions


class SidePanel(QWidget):
    """Holds `sidebar`."""

    connection_requested = Signal()

    def __init__(self, user_actions: UserActions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.sidebar = SessionSidebar(user_actions, parent=self)
        foot = QHBoxLayout()
        foot.setContentsMargins(GAP, 0, GAP, GAP)
        for name, signal in (
            ("Connection", self.connection_requested),
            ("Settings", user_actions.settings_requested),
        ):
            button = self._button(name)
            button.clicked.connect(partial(signal.emit))
            foot.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.sidebar, 1)
        column.addLayout(foot)

    def _button(self, name: str) -> QToolButton:
        button = QToolButton(self)
        button.setText(name)
        button.setIcon(icon(name.lower(), self.palette()))
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setAutoRaise(True)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return button
