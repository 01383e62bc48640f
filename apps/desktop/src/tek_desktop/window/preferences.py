"""The settings dialog and the settings file behind it.

`tek_chat` checks every change before it is written.
"""

from functools import partial

from PySide6.QtWidgets import QWidget

from tek_chat import SettingsError, load_settings, settings_path
from tek_desktop.window.settings_dialog import SettingsDialog


def show_settings(parent: QWidget) -> None:
    """Open the settings dialog; raises `SettingsError` if the file cannot be read."""
    dialog = SettingsDialog(load_settings(settings_path()), str(settings_path()), parent)
    dialog.saved.connect(partial(_save, dialog))
    dialog.open()


def _save(dialog: SettingsDialog, changes: dict[str, str]) -> None:
    from tek_chat.config.settings_edit import change_settings  # noqa: PLC0415 - heavy, and rarely needed

    try:
        change_settings(settings_path(), changes)
    except SettingsError as error:
        dialog.show_problem(str(error))
    else:
        dialog.accept()
