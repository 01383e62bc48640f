"""A line above the conversation with an error or a note, until it is dismissed.

Not a dialog: it interrupts nothing.
"""

from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from tek_desktop.widgets.announce import announce
from tek_desktop.widgets.layout_metrics import GAP


class Banner(QWidget):
    """Hidden until it has a text."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = QLabel(self)
        self._text.setWordWrap(True)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        dismiss = QPushButton("Dismiss", self)
        dismiss.clicked.connect(self.hide)
        row = QHBoxLayout(self)
        row.setContentsMargins(GAP * 2, GAP, GAP * 2, GAP)
        row.addWidget(self._text, 1)
        row.addWidget(dismiss, 0, Qt.AlignmentFlag.AlignTop)
        self.setAccessibleName("Problem")
        self.setBackgroundRole(QPalette.ColorRole.ToolTipBase)
        self._text.setForegroundRole(QPalette.ColorRole.ToolTipText)
        self.setAutoFillBackground(True)
        self.hide()

    @property
    def text(self) -> str:
        """The text that is shown, or was last."""
        return self._text.text()

    def show_error(self, problem: str) -> None:
        """Show an unexpected error, in place of the text before."""
        self.show_note(
            f"⚠ Something went wrong: {problem}. The conversation continues; the log has details."
        )

    def show_note(self, note: str) -> None:
        """Show `note`, in place of the text before."""
        self._text.setText(note)
        announce(self, note)
        self.show()
