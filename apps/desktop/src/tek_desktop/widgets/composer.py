"""Where a message is written: Enter sends it, Shift+Enter breaks the line.

It must never lose a draft: what was not taken comes back.
"""

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPalette, QPen, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from tek_desktop.widgets.draft import Draft
from tek_desktop.widgets.metrics import GAP, ROUND, column_margin


class Composer(QWidget):
    """A text field and a Send button in one frame, in line with the transcript."""

    submitted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._draft = Draft(self)
        self._send = QPushButton("Send", self)
        self._send.setToolTip("Send the message (Enter)")
        self._draft.entered.connect(self.send)
        self._send.clicked.connect(self.send)
        self.setFocusProxy(self._draft)
        self._row = QHBoxLayout(self)
        self._row.setSpacing(GAP)
        self._row.addWidget(self._draft, 1, Qt.AlignmentFlag.AlignVCenter)
        self._row.addWidget(self._send, 0, Qt.AlignmentFlag.AlignBottom)

    @property
    def text(self) -> str:
        """The draft."""
        return self._draft.toPlainText()

    def write(self, text: str) -> None:
        """Put `text` in the place of the draft."""
        self._draft.setPlainText(text)

    def send(self) -> None:
        """Hand the draft over, and begin a new one."""
        text = self.text
        self._draft.clear()
        self.submitted.emit(text)

    def give_back(self, text: str) -> None:
        """Put a message that was not taken before whatever was written since."""
        self._draft.setPlainText("\n".join(filter(None, (text, self.text))))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        side = column_margin(self.width())
        self._row.setContentsMargins(side + GAP, GAP * 2, side + GAP, GAP * 3)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Mid), 1))
        painter.setBrush(self.palette().color(QPalette.ColorRole.Base))
        around = QRectF(self._row.contentsRect()).adjusted(-GAP, -GAP, GAP, GAP)
        painter.drawRoundedRect(around.translated(0.5, 0.5), ROUND, ROUND)
