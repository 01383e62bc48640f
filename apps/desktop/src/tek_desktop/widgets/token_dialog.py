"""A line for the gateway's token.

It must never show the token, nor keep it after it was given.
"""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QLineEdit, QVBoxLayout, QWidget


class TokenDialog(QDialog):
    """Asks for a token; `open()` it, and nothing waits."""

    given = Signal(str)

    def __init__(self, gateway: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Enter token")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._token = QLineEdit(self)
        self._token.setEchoMode(QLineEdit.EchoMode.Password)
        self._token.setAccessibleName("Token")
        explained = QLabel(f"The token for {gateway}. It is kept until Tek is quit.", self)
        explained.setTextFormat(Qt.TextFormat.PlainText)
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel, self
        )
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        self.accepted.connect(lambda: self.given.emit(self._token.text().strip()))
        column = QVBoxLayout(self)
        for widget in (explained, self._token, buttons):
            column.addWidget(widget)
