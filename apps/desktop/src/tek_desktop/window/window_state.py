"""What the window keeps from one start to the next: geometry, drafts and models."""

import json
from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import QByteArray, QRect, QSettings
from PySide6.QtWidgets import QApplication, QMainWindow

from tek_chat import settings_path

_MIN_VISIBLE = 100
"""Pixels of the window, horizontally and vertically, that must be on a screen."""


def window_state_path() -> Path:
    """Return the path of the file."""
    return settings_path().with_name("desktop.ini")


class WindowState:
    """Reads and writes an INI file."""

    def __init__(self, path: Path) -> None:
        self._file = QSettings(str(path), QSettings.Format.IniFormat)

    def restore_geometry(self, window: QMainWindow) -> None:
        """Put the window where it was, or in the middle of a screen if that place is on none."""
        geometry = self._file.value("geometry")
        if not isinstance(geometry, QByteArray):
            return
        initial = window.size()
        window.restoreGeometry(geometry)
        screens = [screen.availableGeometry() for screen in QApplication.screens()]
        if not any(_is_visible(window.frameGeometry(), screen) for screen in screens):
            window.resize(initial)
            window.move(screens[0].center() - window.rect().center())

    def save_geometry(self, window: QMainWindow) -> None:
        """Save the place and size of the window."""
        self._file.setValue("geometry", window.saveGeometry())

    def texts(self, name: str) -> dict[str, str]:
        """Return the texts that are kept under `name`, by session id; {} if they cannot be read."""
        try:
            read: object = json.loads(str(self._file.value(name, "{}")))
        except ValueError:
            return {}
        known = read if isinstance(read, dict) else {}  # pyright: ignore[reportUnknownVariableType] - any JSON
        return {str(key): str(text) for key, text in known.items() if text}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] - likewise

    def save_texts(self, name: str, texts: Mapping[str, str]) -> None:
        """Save `texts`, by session id, under `name`."""
        self._file.setValue(name, json.dumps(dict(texts)))
        self._file.sync()


def _is_visible(window: QRect, screen: QRect) -> bool:
    shown = window.intersected(screen)
    return shown.width() >= _MIN_VISIBLE and shown.height() >= _MIN_VISIBLE
