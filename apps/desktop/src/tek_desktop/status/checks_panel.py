"""The results of the connection checks, one row per check."""

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
    """Shows results as they arrive, and has a button that requests the checks again."""

    requested = Signal()
    """The panel is shown for the first time, or the user checks again."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._was_requested = False
        self._results: list[Check] = []
        self._summary, self._again = QLabel(self), QPushButton("Check again", self)
        self._again.setToolTip("Check the connection to the gateway, step by step")
        self._again.clicked.connect(self._request)
        self._rows = QWidget()
        self._grid = QGridLayout(self._rows)
        self._build_layout()

    def begin(self) -> None:
        """Clear the results: the checks start."""
        self._results.clear()
        while (item := self._grid.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        self._summary.setText("Checking…")
        self._again.setEnabled(False)

    def add(self, check: Check) -> None:
        """Show the result of one more check."""
        self._results.append(check)
        row = len(self._results)
        mark, name, text = _label(check.mark), _label(str(check.name)), _label(_result_text(check))
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
        """Show the summary: all checks have run."""
        failed = [check for check in self._results if check.state is CheckState.FAILED]
        self._show_summary(
            f"✕ Something is wrong: {failed[0].name}" if failed else "✓ Everything is in order"
        )

    def cancel(self) -> None:
        """Show that not all checks have run."""
        self._show_summary("Checks cancelled")

    def _show_summary(self, text: str) -> None:
        self._summary.setText(text)
        self._again.setEnabled(True)
        announce(self, text)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        super().showEvent(event)
        if not self._was_requested:
            self._request()

    def _request(self) -> None:
        self._was_requested = True
        self.requested.emit()

    def _build_layout(self) -> None:
        self.setAccessibleName("Checks")
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
        for background in (area.viewport(), self._rows):  # show the background of the tab
            background.setAutoFillBackground(False)
        head = QHBoxLayout()
        head.addWidget(self._summary, 1)
        head.addWidget(self._again, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.setSpacing(GAP)
        column.addLayout(head)
        column.addWidget(area, 1)


def _result_text(check: Check) -> str:
    text = check.detail or str(check.state)
    return f"{text}\n→ {check.mend}" if check.mend else text


def _label(text: str) -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    return label
