"""A line about something that went wrong in this program, until it is dismissed.

It must never stand in the way: no dialog, and nothing waits for it.
"""

from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from tek_desktop.widgets.announce import announce
from tek_desktop.widgets.layout_metrics import GAP


class Banner(QWidget):
    """Hidden until there is something to say."""

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
        """What it says."""
        return self._text.text()

    def show_problem(self, problem: str) -> None:
        """Say that `problem` happened, in the place of what was said before."""
        self.show_note(
            f"⚠ Something went wrong: {problem}. The conversation goes on; the log knows more."
        )

    def show_note(self, note: str) -> None:
        """Say `note`, in the place of what was said before."""
        self._text.setText(note)
        announce(self, note)
        self.show()
