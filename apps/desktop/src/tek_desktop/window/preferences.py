"""Lets the user change the settings file.

It must never write what could not be read again: `tek_chat` checks it first.
"""

from functools import partial

from PySide6.QtWidgets import QWidget

from tek_chat import SettingsError, load_settings, settings_path
from tek_desktop.window.settings_dialog import SettingsDialog


def show_settings(parent: QWidget) -> None:
    """Open a dialog with the settings; raises `SettingsError` if they cannot be read."""
    dialog = SettingsDialog(load_settings(settings_path()), str(settings_path()), parent)
    dialog.changed.connect(partial(_change, dialog))
    dialog.open()


def _change(dialog: SettingsDialog, changes: dict[str, str]) -> None:
    from tek_chat.config.settings_edit import change_settings  # noqa: PLC0415 - heavy, and rarely needed

    try:
        change_settings(settings_path(), changes)
    except SettingsError as error:
        dialog.refuse(str(error))
    else:
        dialog.accept()
