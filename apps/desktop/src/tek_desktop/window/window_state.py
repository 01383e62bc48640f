"""What the window keeps from one start to the next: its place, its size, drafts and models.

It must never put the window where nobody can see it.
"""

import json
from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import QByteArray, QRect, QSettings
from PySide6.QtWidgets import QApplication, QMainWindow

from tek_chat import settings_path

_SEEN = 100
"""Pixels of the window, across and down, that must be on a screen."""


def keepsake_path() -> Path:
    """Return the file in which this is kept."""
    return settings_path().with_name("desktop.ini")


class WindowState:
    """Reads and writes a small file."""

    def __init__(self, path: Path) -> None:
        self._file = QSettings(str(path), QSettings.Format.IniFormat)

    def restore(self, window: QMainWindow) -> None:
        """Put the window where it was, if that still is on a screen."""
        geometry = self._file.value("geometry")
        if not isinstance(geometry, QByteArray):
            return
        first = window.size()
        window.restoreGeometry(geometry)
        screens = [each.availableGeometry() for each in QApplication.screens()]
        if not any(_is_seen(window.frameGeometry(), screen) for screen in screens):
            window.resize(first)
            window.move(screens[0].center() - window.rect().center())

    def keep(self, window: QMainWindow) -> None:
        """Write down where the window is."""
        self._file.setValue("geometry", window.saveGeometry())

    def texts(self, name: str) -> dict[str, str]:
        """Return what is kept by session under `name`: what was written and not sent, say."""
        try:
            read: object = json.loads(str(self._file.value(name, "{}")))
        except ValueError:
            return {}
        known = read if isinstance(read, dict) else {}  # pyright: ignore[reportUnknownVariableType] - any JSON
        return {str(key): str(text) for key, text in known.items() if text}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] - likewise

    def keep_texts(self, name: str, texts: Mapping[str, str]) -> None:
        """Write down under `name` what belongs to each session."""
        self._file.setValue(name, json.dumps(dict(texts)))
        self._file.sync()


def _is_seen(window: QRect, screen: QRect) -> bool:
    shown = window.intersected(screen)
    return shown.width() >= _SEEN and shown.height() >= _SEEN
