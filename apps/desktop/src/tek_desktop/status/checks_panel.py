"""What was found between this client and its gateway, a row a check.

It must never check anything: it says that somebody wants to know, and is told.
"""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPalette, QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from tek_chat.doctor import Check, CheckState
from tek_desktop.widgets.announce import announce
from tek_desktop.widgets.layout_metrics import GAP


class ChecksPanel(QWidget):
    """Rows that come one by one, and a button that has them come again."""

    wanted = Signal()
    """Somebody looks for the first time, or wants to know it anew."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._was_wanted = False
        self._found: list[Check] = []
        self._summary, self._again = QLabel(self), QPushButton("Check again", self)
        self._again.setToolTip("Check the way to the gateway, step by step")
        self._again.clicked.connect(self._want)
        self._rows = QWidget()
        self._grid = QGridLayout(self._rows)
        self._lay_out()

    def begin(self) -> None:
        """Forget what was found: somebody checks anew."""
        self._found.clear()
        while (item := self._grid.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        self._summary.setText("Checking…")
        self._again.setEnabled(False)

    def add(self, check: Check) -> None:
        """Show one more."""
        self._found.append(check)
        row = len(self._found)
        mark, name, text = _label(check.mark), _label(str(check.name)), _label(_told(check))
        mark.setAccessibleName(str(check.state))
        text.setAccessibleName(f"{check.name}: {check.state}")
        text.setWordWrap(True)
        text.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        if check.state is CheckState.SKIPPED:
            for label in (mark, name, text):
                label.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        for column, label in enumerate((mark, name, text)):
            self._grid.addWidget(label, row, column, Qt.AlignmentFlag.AlignTop)
        self._grid.setRowStretch(row, 0)
        self._grid.setRowStretch(row + 1, 1)

    def end(self) -> None:
        """Say what it comes to."""
        failed = [each for each in self._found if each.state is CheckState.FAILED]
        self._say(
            f"✕ Something is wrong: {failed[0].name}" if failed else "✓ Everything is in order"
        )

    def break_off(self) -> None:
        """Say that not everything was looked at."""
        self._say("The checks were broken off")

    def _say(self, text: str) -> None:
        self._summary.setText(text)
        self._again.setEnabled(True)
        announce(self, text)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        super().showEvent(event)
        if not self._was_wanted:
            self._want()

    def _want(self) -> None:
        self._was_wanted = True
        self.wanted.emit()

    def _lay_out(self) -> None:
        self.setAccessibleName("ChecksPanel")
        self._summary.setTextFormat(Qt.TextFormat.PlainText)
        self._summary.setWordWrap(True)
        self._grid.setColumnStretch(2, 1)
        self._grid.setHorizontalSpacing(GAP * 2)
        self._grid.setVerticalSpacing(GAP)
        area = QScrollArea(self)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(self._rows)
        for background in (area.viewport(), self._rows):  # the tab's own is behind it
            background.setAutoFillBackground(False)
        head = QHBoxLayout()
        head.addWidget(self._summary, 1)
        head.addWidget(self._again, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.setSpacing(GAP)
        column.addLayout(head)
        column.addWidget(area, 1)


def _told(check: Check) -> str:
    told = check.detail or str(check.state)
    return f"{told}\n→ {check.mend}" if check.mend else told


def _label(text: str) -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    return label
