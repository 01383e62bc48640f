"""A title that shows or hides the text below it."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QToolButton, QVBoxLayout, QWidget

from tek_desktop.widgets.layout_metrics import GAP
from tek_desktop.widgets.small import small


class Fold(QWidget):
    """A title to click on, and `body` below it, hidden at first."""

    opened = Signal()

    def __init__(self, title: str, body: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._body = body
        self._head = QToolButton(self)
        self._head.setText(title)
        self._head.setCheckable(True)
        self._head.setAutoRaise(True)
        self._head.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._head.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._head.setFont(small(self._head.font()))
        self._head.toggled.connect(self._toggle)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP // 2)
        column.addWidget(self._head, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(body)
        self._toggle(is_open=False)

    @property
    def is_open(self) -> bool:
        """Whether the body is shown."""
        return self._head.isChecked()

    def name(self, title: str) -> None:
        """Change the title."""
        self._head.setText(title)

    def _toggle(self, is_open: bool) -> None:  # noqa: FBT001 - Qt's signal has it
        arrow = Qt.ArrowType.DownArrow if is_open else Qt.ArrowType.RightArrow
        self._head.setArrowType(arrow)
        self._body.setVisible(is_open)
        if is_open:
            self.opened.emit()
