"""The list of models beside the composer.

The mouse wheel does not change the model: it would be changed by accident.
"""

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QComboBox, QWidget

from tek_protocol.chat import ModelInfo

_MAX_WIDTH = 180
"""Pixels; the draft beside it needs the room."""


class ModelChooser(QComboBox):
    """Hidden if the gateway lists no models, and disabled if it has only one."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._models: tuple[ModelInfo, ...] = ()
        self._current = ""
        self.setAccessibleName("Model")
        self.setMaximumWidth(_MAX_WIDTH)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.activated.connect(self._choose)
        self.hide()

    def set_models(self, models: Sequence[ModelInfo]) -> None:
        """Offer `models`."""
        if tuple(models) != self._models:
            self._models = tuple(models)
            self._draw()

    def select(self, name: str) -> None:
        """Show model `name` as the current one, or the gateway's default for ""."""
        if name != self._current:
            self._current = name
            self._draw()

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        event.ignore()

    def _choose(self, row: int) -> None:
        self.chosen.emit(str(self.itemData(row)))

    def _draw(self) -> None:
        names = [model.name for model in self._models]
        default = next((model.name for model in self._models if model.is_default), "")
        current = self._current or default
        with QSignalBlocker(self):
            self.clear()
            for model in self._models:
                self._add(model.name, model.name, model.description)
            if current and current not in names:
                self._add(
                    f"{current} (unavailable)", current, "The gateway does not have this model"
                )
            self.setCurrentIndex(max(0, self.findData(current)))
        self.setVisible(bool(names))
        self.setEnabled(self.count() > 1)
        tip = "The model for this session"
        self.setToolTip(tip if self.isEnabled() else "The gateway has no other model")

    def _add(self, text: str, name: str, description: str) -> None:
        self.addItem(text, name)
        self.setItemData(self.count() - 1, description, Qt.ItemDataRole.ToolTipRole)
