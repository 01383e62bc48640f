"""A block of code in an answer, with its language and a copy button.

Lines do not wrap: in some languages a line break has a meaning.
"""

from PySide6.QtCore import QEvent, QSizeF, Qt, QTimer
from PySide6.QtGui import QGuiApplication, QPainter, QPaintEvent, QPalette, QTextOption
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from tek_chat.view import markdown_pieces
from tek_desktop.conversation import answer_markup
from tek_desktop.conversation.answer_colours import answer_colours
from tek_desktop.widgets.layout_metrics import GAP, ROUND, mixed
from tek_desktop.widgets.small import small_button, small_label
from tek_desktop.widgets.text_view import TextView

_TINT = 0.06
_COPIED_SHOWN = 1_500
"""Milliseconds that the button reads "Copied"."""


class CodeBlock(QWidget):
    """Draws a `markdown_pieces.Code`; its colours come when it is whole."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._code = markdown_pieces.Code("", "")
        self._language: QLabel = small_label(self)
        self._language.setWordWrap(False)  # the height of the block would change with its width
        self._copy = small_button("Copy code", self)
        self._text = _CodeText(self)
        self._copy.clicked.connect(self._copy_code)
        head = QHBoxLayout()
        head.addWidget(self._language, 1)
        head.addWidget(self._copy)
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP + GAP // 2, GAP // 2, GAP // 2, GAP)
        column.setSpacing(GAP // 2)
        column.addLayout(head)
        column.addWidget(self._text)

    def draw(self, code: markdown_pieces.Code) -> None:
        """Show `code`."""
        if code == self._code:
            return
        self._code = code
        self._language.setText(code.language or "code")
        self._render()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            self._render()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(mixed(self.palette(), QPalette.ColorRole.Text, _TINT))
        painter.drawRoundedRect(self.rect(), ROUND, ROUND)

    def _render(self) -> None:
        if self._code.is_open:
            self._text.show_text(self._code.text.removesuffix("\n"))
        else:
            is_dark = answer_colours(self.palette()).is_dark
            self._text.setHtml(answer_markup.html_of_code(self._code, is_dark=is_dark))

    def _copy_code(self) -> None:
        QGuiApplication.clipboard().setText(self._code.text)
        self._copy.setText("Copied")
        QTimer.singleShot(_COPIED_SHOWN, self._copy, lambda: self._copy.setText("Copy code"))


class _CodeText(TextView):
    def __init__(self, parent: QWidget) -> None:
        super().__init__("Code", parent)
        self.setWordWrapMode(QTextOption.WrapMode.NoWrap)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)

    def _fit(self, size: QSizeF) -> None:
        bar = self.horizontalScrollBar().sizeHint().height()
        super()._fit(QSizeF(size.width(), size.height() + bar))
