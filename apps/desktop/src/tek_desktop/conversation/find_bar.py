"""The bar for finding text in the transcript. `TranscriptSearch` does the search."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QToolButton, QWidget

from tek_desktop.icons import icon
from tek_desktop.widgets.layout_metrics import GAP


class FindBar(QWidget):
    """Hidden until `begin`. Enter finds the previous message, Shift+Enter the next."""

    search_requested = Signal(str, int)
    """The text to find, and the direction: -1 for earlier messages, 1 for later ones."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = QLineEdit(self)
        self._text.setPlaceholderText("Find in this session")
        self._text.setAccessibleName("Find in this session")
        self._text.setClearButtonEnabled(True)
        self._result = QLabel(self)
        self._text.returnPressed.connect(lambda: self._search(-1))
        self._text.textEdited.connect(self._clear_result)
        row = QHBoxLayout(self)
        row.setContentsMargins(GAP * 2, GAP, GAP * 2, GAP)
        row.addWidget(self._text, 1)
        row.addWidget(self._result)
        for name, picture, step in (("Earlier", "up", -1), ("Later", "down", 1)):
            row.addWidget(self._button(name, picture, step))
        close = self._button("Close", "close", 0)
        row.addWidget(close)
        again = QShortcut(QKeySequence("Shift+Return"), self._text)
        again.setContext(Qt.ShortcutContext.WidgetShortcut)
        again.activated.connect(lambda: self._search(1))
        self.setFocusProxy(self._text)
        self.hide()

    def begin(self) -> None:
        """Show the bar and move the keyboard focus into it."""
        self.show()
        self._text.setFocus()
        self._text.selectAll()

    def show_result(self, text: str) -> None:
        """Show the result of the search."""
        self._result.setText(text)

    def _button(self, name: str, picture: str, step: int) -> QToolButton:
        button = QToolButton(self)
        button.setIcon(icon(picture, self.palette()))
        button.setToolTip(name)
        button.setAccessibleName(name)
        button.setAutoRaise(True)
        button.clicked.connect(lambda: self._search(step) if step else self.hide())
        return button

    def _clear_result(self) -> None:
        self._result.clear()

    def _search(self, step: int) -> None:
        if self._text.text():
            self.search_requested.emit(self._text.text(), step)
