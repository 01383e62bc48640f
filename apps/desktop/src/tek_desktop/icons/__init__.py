"""The program's own icons, drawn in the colour of the text around them.

The system may have no icon theme, so none is looked up there.
"""

from importlib.resources import files

from PySide6.QtCore import QByteArray, QSize, Qt
from PySide6.QtGui import QIcon, QImage, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer

_DRAWN = 96
"""Pixels: enough for an icon of 24 pixels on a screen with a scale of 4."""


def icon(name: str, palette: QPalette) -> QIcon:
    """Return the icon `name`; its black lines take the colour of text on buttons."""
    colour = palette.color(QPalette.ColorRole.ButtonText).name()
    made = QIcon(_pixmap(name, colour))
    faint = palette.color(QPalette.ColorGroup.Disabled, QPalette.ColorRole.ButtonText).name()
    made.addPixmap(_pixmap(name, faint), QIcon.Mode.Disabled)
    return made


def _pixmap(name: str, colour: str) -> QPixmap:
    drawing = (files(__name__) / f"{name}.svg").read_text(encoding="utf-8")
    image = QImage(QSize(_DRAWN, _DRAWN), QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    QSvgRenderer(QByteArray(drawing.replace("#000", colour).encode())).render(painter)
    painter.end()
    return QPixmap.fromImage(image)
