"""Sizes and colours that several widgets share.

Every colour is mixed from the palette, so that it fits light and dark.
"""

from PySide6.QtGui import QColor, QPalette

COLUMN = 760
"""The maximum width of text, in pixels: longer lines are hard to read."""

GAP = 8
"""The unit of distances, in pixels."""

ROUND = 10
"""The radius of rounded corners, in pixels."""


def column_margin(width: int) -> int:
    """Return the margin, in pixels, at each side of a column of text centred in `width`."""
    return max(GAP * 2, (width - COLUMN) // 2)


def mixed(palette: QPalette, role: QPalette.ColorRole, share: float) -> QColor:
    """Return the palette's base colour with a `share` of `role`'s colour mixed in, from 0 to 1."""
    base, other = palette.color(QPalette.ColorRole.Base), palette.color(role)
    return QColor.fromRgbF(
        base.redF() + (other.redF() - base.redF()) * share,
        base.greenF() + (other.greenF() - base.greenF()) * share,
        base.blueF() + (other.blueF() - base.blueF()) * share,
    )
