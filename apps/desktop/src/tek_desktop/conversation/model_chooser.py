"""Which model answers, to be chosen.

It must never choose by itself, nor by a turn of the wheel over it.
"""

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QComboBox, QWidget

from tek_protocol.chat import ModelInfo

_WIDEST = 180
"""Pixels: the draft beside it needs the room."""


class ModelChooser(QComboBox):
    """Hidden where the gateway tells of no model, and disabled where it has only one."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._models: tuple[ModelInfo, ...] = ()
        self._asked = ""
        self.setAccessibleName("Model")
        self.setMaximumWidth(_WIDEST)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.activated.connect(self._choose)
        self.hide()

    def offer(self, models: Sequence[ModelInfo]) -> None:
        """Have one of `models` chosen."""
        if tuple(models) != self._models:
            self._models = tuple(models)
            self._draw()

    def mark(self, name: str) -> None:
        """Show that `name` is asked, "" for whichever the gateway prefers."""
        if name != self._asked:
            self._asked = name
            self._draw()

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        event.ignore()

    def _choose(self, row: int) -> None:
        self.chosen.emit(str(self.itemData(row)))

    def _draw(self) -> None:
        names = [each.name for each in self._models]
        default = next((each.name for each in self._models if each.is_default), "")
        asked = self._asked or default
        with QSignalBlocker(self):
            self.clear()
            for each in self._models:
                self._add(each.name, each.name, each.description)
            if asked and asked not in names:
                self._add(f"{asked} (not offered)", asked, "The gateway has no such model")
            self.setCurrentIndex(max(0, self.findData(asked)))
        self.setVisible(bool(names))
        self.setEnabled(self.count() > 1)
        has_choice = "Which model answers in this session"
        self.setToolTip(has_choice if self.isEnabled() else "The gateway has no other model")

    def _add(self, text: str, name: str, description: str) -> None:
        self.addItem(text, name)
        self.setItemData(self.count() - 1, description, Qt.ItemDataRole.ToolTipRole)
