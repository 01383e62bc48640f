"""A line to look for words in the transcript.

It must never look by itself: it says what to look for, and is told what was found.
"""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QToolButton, QWidget

from tek_desktop.icons import icon
from tek_desktop.widgets.layout_metrics import GAP


class FindBar(QWidget):
    """Hidden until it is asked for; Enter goes to the message before, Shift+Enter to the next."""

    sought = Signal(str, int)
    """What to look for, and in which direction: -1 is back in time."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = QLineEdit(self)
        self._text.setPlaceholderText("Find in this session")
        self._text.setAccessibleName("Find in this session")
        self._text.setClearButtonEnabled(True)
        self._found = QLabel(self)
        self._text.returnPressed.connect(lambda: self._seek(-1))
        self._text.textEdited.connect(self._begin_anew)
        row = QHBoxLayout(self)
        row.setContentsMargins(GAP * 2, GAP, GAP * 2, GAP)
        row.addWidget(self._text, 1)
        row.addWidget(self._found)
        for name, picture, step in (("Earlier", "up", -1), ("Later", "down", 1)):
            row.addWidget(self._button(name, picture, step))
        close = self._button("Close", "close", 0)
        row.addWidget(close)
        again = QShortcut(QKeySequence("Shift+Return"), self._text)
        again.setContext(Qt.ShortcutContext.WidgetShortcut)
        again.activated.connect(lambda: self._seek(1))
        self.setFocusProxy(self._text)
        self.hide()

    def begin(self) -> None:
        """Let the user write what to look for."""
        self.show()
        self._text.setFocus()
        self._text.selectAll()

    def tell(self, found: str) -> None:
        """Say what was found."""
        self._found.setText(found)

    def _button(self, name: str, picture: str, step: int) -> QToolButton:
        button = QToolButton(self)
        button.setIcon(icon(picture, self.palette()))
        button.setToolTip(name)
        button.setAccessibleName(name)
        button.setAutoRaise(True)
        button.clicked.connect(lambda: self._seek(step) if step else self.hide())
        return button

    def _begin_anew(self) -> None:
        self._found.clear()

    def _seek(self, step: int) -> None:
        if self._text.text():
            self.sought.emit(self._text.text(), step)
