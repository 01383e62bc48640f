"""The composer: Enter sends the message, Shift+Enter adds a line."""

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPalette, QPen, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from tek_desktop.conversation.draft_edit import DraftEdit
from tek_desktop.conversation.model_chooser import ModelChooser
from tek_desktop.icons import icon
from tek_desktop.widgets.layout_metrics import GAP, ROUND, column_margin, mixed

_FRAME = 0.3
"""The share of the text colour in the frame."""


class Composer(QWidget):
    """A text field, the model, Send, and Stop while an answer is being generated."""

    submitted = Signal(str)
    stopped = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._draft = DraftEdit(self)
        self._send, self._stop = QPushButton("Send", self), QPushButton("Stop", self)
        self._send.setIcon(icon("send", self.palette()))
        self._send.setToolTip("Send the message (Enter)")
        self._stop.setIcon(icon("stop", self.palette()))
        self._stop.setToolTip("Stop generating (Esc)")
        self._stop.hide()
        self.model = ModelChooser(self)
        self.model.setFixedHeight(self._send.sizeHint().height())
        self._draft.entered.connect(self.submit)
        self._send.clicked.connect(self.submit)
        self._stop.clicked.connect(self.stopped)
        self.setFocusProxy(self._draft)
        self._row = QHBoxLayout(self)
        self._row.setSpacing(GAP)
        self._row.addWidget(self._draft, 1, Qt.AlignmentFlag.AlignVCenter)
        before: QWidget = self._draft
        for widget in (self.model, self._stop, self._send):
            self._row.addWidget(widget, 0, Qt.AlignmentFlag.AlignBottom)
            self.setTabOrder(before, widget)
            before = widget

    @property
    def text(self) -> str:
        """The draft."""
        return self._draft.toPlainText()

    def set_text(self, text: str) -> None:
        """Replace the draft with `text`."""
        self._draft.setPlainText(text)
        self._draft.moveCursor(self._draft.textCursor().MoveOperation.End)

    def submit(self) -> None:
        """Emit the draft as `submitted`, and clear it."""
        text = self.text
        self._draft.clear()
        self.submitted.emit(text)

    def restore_text(self, text: str) -> None:
        """Put `text` back, before anything that was typed since."""
        self.set_text("\n".join(filter(None, (text, self.text))))

    def offer_stop(self, is_offered: bool) -> None:  # noqa: FBT001 - its only meaning
        """Show the Stop button, or hide it."""
        self._stop.setVisible(is_offered)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        side = column_margin(self.width())
        self._row.setContentsMargins(side + GAP, GAP * 2, side + GAP, GAP * 3)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(mixed(self.palette(), QPalette.ColorRole.Text, _FRAME), 1))
        painter.setBrush(self.palette().color(QPalette.ColorRole.Base))
        around = QRectF(self._row.contentsRect()).adjusted(-GAP, -GAP, GAP, GAP)
        painter.drawRoundedRect(around.translated(0.5, 0.5), ROUND, ROUND)
