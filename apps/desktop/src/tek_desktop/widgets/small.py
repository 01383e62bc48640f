"""Small letters and small buttons, for what is said about a message and can be done to it."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QPalette
from PySide6.QtWidgets import QLabel, QToolButton, QWidget

_SHARE = 0.9
"""Of the size of what is read."""


def small_label(parent: QWidget) -> QLabel:
    """Return an empty label in faint letters, which may be selected."""
    label = QLabel(parent)
    label.setForegroundRole(QPalette.ColorRole.PlaceholderText)
    label.setFont(small(label.font()))
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setMinimumWidth(1)  # a long word must not keep the window from getting narrower
    return label


def small_button(text: str, parent: QWidget) -> QToolButton:
    """Return a button that the keyboard reaches as well."""
    button = QToolButton(parent)
    button.setText(text)
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    button.setAutoRaise(True)
    button.setFont(small(button.font()))
    return button


def small(font: QFont) -> QFont:
    """Return `font` a little smaller."""
    font.setPointSizeF(font.pointSizeF() * _SHARE)
    return font
