"""What there is to say about the connection, in a place whose height never changes.

It must never know why something is said: `tek_chat.view.wording` does.
"""

import time
from collections.abc import Callable

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from tek_chat import View
from tek_chat.view import wording
from tek_desktop.widgets.announce import announce
from tek_desktop.widgets.elided_label import ElidedLabel
from tek_desktop.widgets.layout_metrics import GAP

_TICK = 250
"""Milliseconds between two looks at the clock: a countdown never skips a second."""

_SOON = 2.0
"""Seconds: what is not worth a word at once may be by then, without any event."""


class StatusChip(QWidget):
    """Draws the status of a view, icon and words, and counts down by itself."""

    hurried = Signal()
    token_wanted = Signal()

    def __init__(
        self, parent: QWidget | None = None, clock: Callable[[], float] = time.time
    ) -> None:
        super().__init__(parent)
        self._clock = clock
        self._view = View()
        self._icon, self._text = QLabel(self), ElidedLabel(self)
        self._try_now = QPushButton("Try now", self)
        self._try_now.setToolTip("End the wait at once (F5)")
        self._try_now.clicked.connect(self.hurried)
        self._token = QPushButton("Enter token", self)
        self._token.clicked.connect(self.token_wanted)
        self.setAccessibleName("Connection")
        row = QHBoxLayout(self)
        row.setContentsMargins(GAP, GAP // 2, GAP, GAP // 2)
        for widget in (self._icon, self._text, self._token, self._try_now):
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
        status = wording.status(self._view, now)
        self._show(status)
        # The words depend on the view and on the time: with none now nor soon, the clock may rest.
        if status is None and wording.status(self._view, now + _SOON) is None:
            self._ticks.stop()
        elif not self._ticks.isActive():
            self._ticks.start()

    def _show(self, status: wording.StatusLine | None) -> None:
        icon, text = (status.icon, status.text) if status else ("", "")
        if icon != self._icon.text():  # not with every second of a countdown
            announce(self, text)
        self._icon.setText(icon)
        self._text.setText(text)
        self._try_now.setVisible(status is not None and status.can_retry)
        self._token.setVisible(status is not None and status.wants_token)
        self.setAccessibleDescription(text)
