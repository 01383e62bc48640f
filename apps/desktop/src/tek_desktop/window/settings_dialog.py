"""The dialog for the settings.

It writes nothing itself: it emits what was changed, and shows what is wrong with it.
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
    """Call `open()`, which does not block; `saved` maps each changed key to its value as text."""

    saved = Signal(dict)

    def __init__(self, settings: Settings, path: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Settings")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._before = settings
        self._url = QLineEdit(settings.url, self)
        self._url.setPlaceholderText("Gateway on this computer")
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
        note = QLabel(f"Saved in {path}. Changes take effect at the next start.", self)
        note.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        note.setTextFormat(Qt.TextFormat.PlainText)
        note.setWordWrap(True)
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel, self
        )
        buttons.accepted.connect(lambda: self.saved.emit(dict(self._changes())))
        buttons.rejected.connect(self.reject)
        form = QFormLayout(self)
        form.addRow("&Gateway", self._url)
        form.addRow("First &retry after", self._base)
        form.addRow("&Longest wait between retries", self._cap)
        form.addRow("R&andomness (0\N{EN DASH}1)", self._jitter)
        for widget in (note, self._problem, buttons):
            form.addRow(widget)

    def show_problem(self, problem: str) -> None:
        """Show what is wrong, and stay open."""
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
