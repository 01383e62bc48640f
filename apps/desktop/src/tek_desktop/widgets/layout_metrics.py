"""Sizes and colours that several widgets share, so that they line up.

It must never name a colour: all are mixed from the palette, in light as in dark.
"""

from PySide6.QtGui import QColor, QPalette

COLUMN = 760
"""The widest that text may run, in pixels: longer lines are hard to read."""

GAP = 8
"""The step of every distance, in pixels."""

ROUND = 10
"""The radius of rounded corners, in pixels."""


def column_margin(width: int) -> int:
    """Return what is left free at each side of a column of text in the middle of `width`."""
    return max(GAP * 2, (width - COLUMN) // 2)


def mixed(palette: QPalette, role: QPalette.ColorRole, share: float) -> QColor:
    """Return the base colour with a `share`, from 0 to 1, of another mixed in."""
    base, other = palette.color(QPalette.ColorRole.Base), palette.color(role)
    return QColor.fromRgbF(
        base.redF() + (other.redF() - base.redF()) * share,
        base.greenF() + (other.greenF() - base.greenF()) * share,
        base.blueF() + (other.blueF() - base.blueF()) * share,
    )
