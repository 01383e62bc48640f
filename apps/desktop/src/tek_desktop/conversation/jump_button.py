"""A button above the transcript that leads to its end.

It must never be there while the reader is.
"""

from PySide6.QtWidgets import QPushButton, QScrollArea

from tek_desktop.widgets.layout_metrics import GAP


class JumpButton(QPushButton):
    """Floats at the bottom of `area`."""

    def __init__(self, area: QScrollArea) -> None:
        super().__init__("↓ Latest", area)
        self._area = area
        self.setToolTip("Go to the end, and follow it")
        self.setAccessibleName("Jump to the latest message")
        self.adjustSize()
        self.hide()

    def place(self) -> None:
        """Take its place again after the area has changed its size."""
        area = self._area
        self.move((area.width() - self.width()) // 2, area.height() - self.height() - GAP)
        self.raise_()
