"""The user's message, in a rounded box at the right that is as wide as its text."""

from PySide6.QtCore import QMargins, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from tek_desktop.widgets.layout_metrics import GAP, ROUND, mixed
from tek_desktop.widgets.text_view import TextView

_MAX_SHARE = 0.8
_TINT = 0.16
_SIDES = QMargins(GAP * 3 // 2, GAP, GAP * 3 // 2, GAP - 3)  # the line height adds space below


class Bubble(QWidget):
    """Draws the text of a message, in at most four fifths of the width."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown, self._ideal = "", 0
        self._text = TextView("Your message", self)
        row = QHBoxLayout(self)
        row.setContentsMargins(_SIDES)
        row.addStretch(1)
        row.addWidget(self._text)

    def show_text(self, text: str) -> None:
        """Show `text`."""
        if text != self._shown:
            self._shown = text
            self._text.show_text(text)
            self._ideal = self._text.ideal_width()
            self._fit()

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        # 0, so that the text's fixed width does not keep the window from shrinking.
        return QSize(0, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self._fit()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(mixed(self.palette(), QPalette.ColorRole.Highlight, _TINT))
        painter.drawRoundedRect(self._text.geometry().marginsAdded(_SIDES), ROUND, ROUND)

    def _fit(self) -> None:
        """Make the text as wide as its longest line, as far as there is room."""
        most = int(self.width() * _MAX_SHARE) - _SIDES.left() - _SIDES.right()
        self._text.setFixedWidth(max(1, min(self._ideal, most)))
