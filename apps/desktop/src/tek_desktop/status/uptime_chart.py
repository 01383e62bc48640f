"""A chart of the connection in the last 24 hours."""

import time
from collections.abc import Callable

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QHelpEvent, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from tek_chat.view import wording
from tek_chat.view.uptime import DAY, Uptime, UptimeSpan, UptimeState
from tek_desktop.widgets.layout_metrics import GAP, mixed

_BAR = 28
_HOURS = 6
"""Hours between two labels."""

_COLOURS = {
    UptimeState.ONLINE: "#3f9d5a",
    UptimeState.WAITING: "#d9a032",
    UptimeState.DOWN: "#c8483c",
}
_NEAR = 3.0
"""Pixels around a span in which the pointer still hits it."""


class UptimeChart(QWidget):
    """Draws an `Uptime`; a tooltip describes the span under the pointer."""

    def __init__(
        self, parent: QWidget | None = None, clock: Callable[[], float] = time.time
    ) -> None:
        super().__init__(parent)
        self._clock, self._uptime = clock, Uptime()
        self.setAccessibleName("The connection in the last 24 hours")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def draw(self, uptime: Uptime) -> None:
        """Show `uptime`."""
        self._uptime = uptime
        last = uptime.spans[-1] if uptime.spans else None
        self.setAccessibleDescription("" if last is None else str(last))
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(400, _BAR + GAP + self.fontMetrics().lineSpacing())

    def span_at(self, x: float) -> UptimeSpan | None:
        """Return the span `x` pixels from the left, the shortest if there are several."""
        now = self._clock()
        hit = [each for each in self._uptime.spans if self._is_near(each, now, x)]
        return min(hit, key=lambda each: each.ended - each.began, default=None)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            span = self.span_at(event.pos().x())
            text = "" if span is None else f"{wording.clock(span.began)}: {span}"
            QToolTip.showText(event.globalPos(), text, self)
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        del event
        painter, now = QPainter(self), self._clock()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(mixed(self.palette(), QPalette.ColorRole.Text, 0.1))
        painter.drawRoundedRect(QRectF(0, 0, self.width(), _BAR), 4, 4)
        for span in self._uptime.spans:
            left, right = self._x(span.began, now), self._x(span.ended, now)
            painter.fillRect(
                QRectF(left, 0, max(1.0, right - left), _BAR), QColor(_COLOURS[span.state])
            )
        painter.setPen(self.palette().color(QPalette.ColorRole.PlaceholderText))
        base = _BAR + self.fontMetrics().ascent() + GAP // 2
        for hours in range(0, 24, _HOURS):
            at = now - DAY + hours * 3_600
            painter.drawText(QPointF(self._x(at, now), base), wording.clock(at))

    def _x(self, at: float, now: float) -> float:
        return self.width() * min(1.0, max(0.0, 1 - (now - at) / DAY))

    def _is_near(self, span: UptimeSpan, now: float, x: float) -> bool:
        return self._x(span.began, now) - _NEAR <= x <= self._x(span.ended, now) + _NEAR
