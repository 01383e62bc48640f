"""The icon in the system tray, and notifications about a long outage.

Many desktops have no tray: the window works without.
"""

import time
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication, QMenu, QSystemTrayIcon, QWidget

from tek_chat import View
from tek_chat.view.outage_notice import OutageNotice

_CHECK_INTERVAL = 5_000
"""Milliseconds between two checks of how long an outage has lasted."""


class Tray(QObject):
    """Shows the icon, if the desktop has a tray."""

    show_requested = Signal()
    quit_requested = Signal()

    def __init__(self, icon: QIcon, parent: QObject) -> None:
        super().__init__(parent)
        self._icon: QSystemTrayIcon | None = None
        self._menu: QMenu | None = None
        if QSystemTrayIcon.isSystemTrayAvailable():
            self._show(icon)

    @property
    def is_available(self) -> bool:
        """Whether the icon is shown, from which a closed window can be opened again."""
        return self._icon is not None

    def notify(self, text: str) -> None:
        """Show a notification, if there is a tray, and mark the window in the taskbar."""
        if self._icon is not None:
            self._icon.showMessage("Tek", text)
        if isinstance(window := self.parent(), QWidget):
            QApplication.alert(window)

    def _show(self, icon: QIcon) -> None:
        self._icon = QSystemTrayIcon(icon, self)
        self._menu = QMenu()
        self._menu.addAction("Show Tek", self.show_requested.emit)
        self._menu.addAction("Quit", self.quit_requested.emit)
        self._icon.setContextMenu(self._menu)
        self._icon.setToolTip("Tek")
        self._icon.activated.connect(self._activated)
        self._icon.show()

    def _activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason is not QSystemTrayIcon.ActivationReason.Context:
            self.show_requested.emit()


class LossNotifier(QObject):
    """Notifies of a long outage, and of its end, unless the user is looking at the window."""

    def __init__(
        self,
        notify: Callable[[str], None],
        is_watched: Callable[[], bool],
        parent: QObject,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(parent)
        self._notify, self._is_watched, self._clock = notify, is_watched, clock
        self._view, self._notice = View(), OutageNotice()
        self._checks = QTimer(self, interval=_CHECK_INTERVAL)
        self._checks.timeout.connect(self.check)

    def draw(self, view: View) -> None:
        """Follow the connection of `view` from now on."""
        self._view = view
        is_lost = view.outage is not None and view.outage.ended is None
        if is_lost != self._checks.isActive():
            (self._checks.start if is_lost else self._checks.stop)()
            self.check()

    def check(self) -> None:
        """Notify of what is due by now."""
        self._notice, text = self._notice.updated(
            self._view, self._clock(), is_watched=self._is_watched()
        )
        if text:
            self._notify(text)
