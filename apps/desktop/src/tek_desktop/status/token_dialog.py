"""A line for the gateway's token.

It must never show the token, nor keep it after it was given.
"""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QLineEdit, QVBoxLayout, QWidget

from tek_chat.config.tokens import is_token

_WIDE = 380
"""Pixels, so that the explanation has two lines."""


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
        self._token.setMinimumWidth(_WIDE)
        explained = QLabel(
            f"The token for {gateway}. It is kept in the keyring or, where there is none, in a"
            " file that only you can read.",
            self,
        )
        explained.setTextFormat(Qt.TextFormat.PlainText)
        explained.setWordWrap(True)
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel, self
        )
        self._ok = buttons.button(QDialogButtonBox.StandardButton.Ok)
        self._ok.setToolTip("A token is one line of visible characters")
        self._token.textChanged.connect(self._look)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        self.accepted.connect(lambda: self.given.emit(self._token.text().strip()))
        column = QVBoxLayout(self)
        for widget in (explained, self._token, buttons):
            column.addWidget(widget)
        self._look()

    def _look(self) -> None:
        self._ok.setEnabled(is_token(self._token.text().strip()))
