"""A button over the transcript that jumps to its end, shown while the reader is elsewhere."""

from PySide6.QtWidgets import QPushButton, QScrollArea

from tek_desktop.widgets.layout_metrics import GAP


class JumpButton(QPushButton):
    """Floats at the bottom of `area`."""

    def __init__(self, area: QScrollArea) -> None:
        super().__init__("↓ Latest", area)
        self._area = area
        self.setToolTip("Jump to the end and follow it")
        self.setAccessibleName("Jump to the latest message")
        self.adjustSize()
        self.hide()

    def place(self) -> None:
        """Move to its place after `area` was resized."""
        area = self._area
        self.move((area.width() - self.width()) // 2, area.height() - self.height() - GAP)
        self.raise_()
