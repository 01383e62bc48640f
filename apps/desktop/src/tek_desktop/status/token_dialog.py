"""The dialog for the gateway's token, which is not shown while it is typed."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QLineEdit, QVBoxLayout, QWidget

from tek_chat.config.tokens import is_token

_FIELD_WIDTH = 380
"""Pixels; the explanation then takes two lines."""


class TokenDialog(QDialog):
    """Call `open()`, which does not block; `token_entered` carries the token."""

    token_entered = Signal(str)

    def __init__(self, gateway: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Enter token")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._token = QLineEdit(self)
        self._token.setEchoMode(QLineEdit.EchoMode.Password)
        self._token.setAccessibleName("Token")
        self._token.setMinimumWidth(_FIELD_WIDTH)
        explanation = QLabel(
            f"The token for {gateway}. It is saved in the keyring or, if there is none, in a file"
            " that only you can read.",
            self,
        )
        explanation.setTextFormat(Qt.TextFormat.PlainText)
        explanation.setWordWrap(True)
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel, self
        )
        self._ok = buttons.button(QDialogButtonBox.StandardButton.Ok)
        self._ok.setToolTip("A token is one line of printable ASCII characters")
        self._token.textChanged.connect(self._check)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        self.accepted.connect(lambda: self.token_entered.emit(self._token.text().strip()))
        column = QVBoxLayout(self)
        for widget in (explanation, self._token, buttons):
            column.addWidget(widget)
        self._check()

    def _check(self) -> None:
        self._ok.setEnabled(is_token(self._token.text().strip()))
