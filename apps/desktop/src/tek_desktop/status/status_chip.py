"""The line about the connection at the bottom of the window; its height never changes.

`tek_chat.view.wording` decides what it says.
"""

import time
from collections.abc import Callable

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from tek_chat import View
from tek_chat.view import status_line
from tek_desktop.widgets.announce import announce
from tek_desktop.widgets.elided_label import ElidedLabel
from tek_desktop.widgets.layout_metrics import GAP

_TICK = 250
"""Milliseconds between two looks at the clock, so that a countdown shows every second."""

_SOON = 2.0
"""Seconds to look ahead: an outage has no text at first, and needs no event to get one."""


class StatusChip(QWidget):
    """Draws the status of a view, and counts down to the next attempt by itself."""

    retry_now_requested = Signal()
    token_requested = Signal()

    def __init__(
        self, parent: QWidget | None = None, clock: Callable[[], float] = time.time
    ) -> None:
        super().__init__(parent)
        self._clock = clock
        self._view = View()
        self._icon, self._text = QLabel(self), ElidedLabel(self)
        self._retry_now = QPushButton("Retry now", self)
        self._retry_now.setToolTip("Retry now (F5)")
        self._retry_now.clicked.connect(self.retry_now_requested)
        self._enter_token = QPushButton("Enter token…", self)
        self._enter_token.clicked.connect(self.token_requested)
        self.setAccessibleName("Connection")
        row = QHBoxLayout(self)
        row.setContentsMargins(GAP, GAP // 2, GAP, GAP // 2)
        for widget in (self._icon, self._text, self._enter_token, self._retry_now):
            row.addWidget(widget)
        row.setStretchFactor(self._text, 1)
        self.setFixedHeight(self.sizeHint().height())
        self._ticks = QTimer(self, interval=_TICK)
        self._ticks.timeout.connect(self._tick)
        self._tick()

    def draw(self, view: View) -> None:
        """Show the status of `view` from now on."""
        self._view = view
        self._tick()

    def _tick(self) -> None:
        now = self._clock()
        status = status_line.status(self._view, now)
        self._show(status)
        # The text depends on the view and the time: with none now or soon, the timer can stop.
        if status is None and status_line.status(self._view, now + _SOON) is None:
            self._ticks.stop()
        elif not self._ticks.isActive():
            self._ticks.start()

    def _show(self, status: status_line.StatusLine | None) -> None:
        icon, text = (status.icon, status.text) if status else ("", "")
        if icon != self._icon.text():  # not with every second of a countdown
            announce(self, text)
        self._icon.setText(icon)
        self._text.setText(text)
        self._retry_now.setVisible(status is not None and status.can_retry)
        self._enter_token.setVisible(status is not None and status.wants_token)
        self.setAccessibleDescription(text)
