"""The icon in the system's tray, and what is told to somebody who does not look.

It must never be needed: many desktops have no tray.
"""

import time
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication, QMenu, QSystemTrayIcon, QWidget

from tek_chat import View
from tek_chat.view.outage_notice import OutageNotice

_LOOK_EVERY = 5_000
"""Milliseconds between two looks at how long the connection has been lost."""


class Tray(QObject):
    """Shows the icon where there is a tray."""

    raised = Signal()
    left = Signal()

    def __init__(self, icon: QIcon, parent: QObject) -> None:
        super().__init__(parent)
        self._icon: QSystemTrayIcon | None = None
        self._menu: QMenu | None = None
        if QSystemTrayIcon.isSystemTrayAvailable():
            self._show(icon)

    @property
    def is_there(self) -> bool:
        """Whether the window can be found again after it was closed."""
        return self._icon is not None

    def tell(self, text: str) -> None:
        """Show a notification where there is a tray, and mark the window in any case."""
        if self._icon is not None:
            self._icon.showMessage("Tek", text)
        if isinstance(window := self.parent(), QWidget):
            QApplication.alert(window)

    def _show(self, icon: QIcon) -> None:
        self._icon = QSystemTrayIcon(icon, self)
        self._menu = QMenu()
        self._menu.addAction("Show Tek", self.raised.emit)
        self._menu.addAction("Quit", self.left.emit)
        self._icon.setContextMenu(self._menu)
        self._icon.setToolTip("Tek")
        self._icon.activated.connect(self._activated)
        self._icon.show()

    def _activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason is not QSystemTrayIcon.ActivationReason.Context:
            self.raised.emit()


class LossNotifier(QObject):
    """Tells of a long loss, and of its end, unless the user looks."""

    def __init__(
        self,
        tell: Callable[[str], None],
        is_watched: Callable[[], bool],
        parent: QObject,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(parent)
        self._tell, self._is_watched, self._clock = tell, is_watched, clock
        self._view, self._alarm = View(), OutageNotice()
        self._looks = QTimer(self, interval=_LOOK_EVERY)
        self._looks.timeout.connect(self.look)

    def draw(self, view: View) -> None:
        """Watch the connection of `view` from now on."""
        self._view = view
        is_lost = view.outage is not None and view.outage.ended is None
        if is_lost != self._looks.isActive():
            (self._looks.start if is_lost else self._looks.stop)()
            self.look()

    def look(self) -> None:
        """Tell what is due by now."""
        self._alarm, told = self._alarm.look(
            self._view, self._clock(), is_watched=self._is_watched()
        )
        if told:
            self._tell(told)
