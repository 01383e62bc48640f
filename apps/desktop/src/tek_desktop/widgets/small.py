"""Small text and small buttons, for the details of a message."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QPalette
from PySide6.QtWidgets import QLabel, QToolButton, QWidget

_SHARE = 0.9
"""Of the size of normal text."""


def small_label(parent: QWidget) -> QLabel:
    """Return an empty label with small, faint text."""
    label = QLabel(parent)
    label.setForegroundRole(QPalette.ColorRole.PlaceholderText)
    label.setFont(small(label.font()))
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setMinimumWidth(1)  # so that a long word does not keep the window from shrinking
    return label


def small_button(text: str, parent: QWidget) -> QToolButton:
    """Return a small flat button that the keyboard reaches too."""
    button = QToolButton(parent)
    button.setText(text)
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    button.setAutoRaise(True)
    button.setFont(small(button.font()))
    return button


def small(font: QFont) -> QFont:
    """Make `font` a little smaller, and return it."""
    font.setPointSizeF(font.pointSizeF() * _SHARE)
    return font
