"""The settings, to be changed.

It must never write anything itself: it says what was entered, and is told what is wrong with it.
"""

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QWidget,
)

from tek_chat import Settings


class SettingsDialog(QDialog):
    """`open()` it, and nothing waits; `changed` has each key with its value as text."""

    changed = Signal(dict)

    def __init__(self, settings: Settings, path: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Settings")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._before = settings
        self._url = QLineEdit(settings.url, self)
        self._url.setPlaceholderText("this machine's own")
        self._url.setMinimumWidth(320)
        reconnect = settings.reconnect
        self._base = _seconds(reconnect.base, self)
        self._cap = _seconds(reconnect.cap, self)
        self._jitter = _seconds(reconnect.jitter, self)
        self._jitter.setSuffix("")
        self._problem = QLabel(self)
        self._problem.setWordWrap(True)
        self._problem.setForegroundRole(QPalette.ColorRole.Link)
        self._problem.hide()
        where = QLabel(f"Kept in {path}, and used from the next start.", self)
        where.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        where.setTextFormat(Qt.TextFormat.PlainText)
        where.setWordWrap(True)
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel, self
        )
        buttons.accepted.connect(lambda: self.changed.emit(dict(self._changes())))
        buttons.rejected.connect(self.reject)
        form = QFormLayout(self)
        form.addRow("&Gateway", self._url)
        form.addRow("First &wait", self._base)
        form.addRow("&Longest wait", self._cap)
        form.addRow("&Chance part", self._jitter)
        for widget in (where, self._problem, buttons):
            form.addRow(widget)

    def refuse(self, problem: str) -> None:
        """Say what is wrong, and stay."""
        self._problem.setText(f"⚠ {problem}")
        self._problem.show()

    def _changes(self) -> Mapping[str, str]:
        before = self._before.reconnect
        fields = {
            "url": (self._url.text().strip(), self._before.url),
            "reconnect.base": (self._base.value(), before.base),
            "reconnect.cap": (self._cap.value(), before.cap),
            "reconnect.jitter": (self._jitter.value(), before.jitter),
        }
        return {key: str(now) for key, (now, was) in fields.items() if now != was}


def _seconds(value: float, parent: QWidget) -> QDoubleSpinBox:
    box = QDoubleSpinBox(parent)
    box.setRange(0.0, 86_400.0)
    box.setDecimals(3)
    box.setSuffix(" s")
    box.setValue(value)
    return box
