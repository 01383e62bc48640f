"""The settings dialog writes what was changed, and nothing that could not be read again."""

from collections.abc import Generator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QDialog, QDialogButtonBox, QLabel, QLineEdit, QWidget

from tek_chat import load_settings
from tek_desktop.window.preferences import show_settings


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "settings.toml"
    path.write_text("# mine\n[reconnect]\nbase = 2.0 # slower\n")
    monkeypatch.setenv("TEK_CONFIG", str(path))
    return path


@pytest.fixture
def dialog(application: QApplication, settings: Path) -> Generator[QDialog]:
    del application, settings
    parent = QWidget()
    show_settings(parent)
    (found,) = parent.findChildren(QDialog)
    yield found
    parent.deleteLater()


def save(dialog: QDialog) -> None:
    (buttons,) = dialog.findChildren(QDialogButtonBox)
    buttons.button(QDialogButtonBox.StandardButton.Save).click()


def test_what_was_changed_is_written_and_comments_stay(dialog: QDialog, settings: Path) -> None:
    dialog.findChildren(QLineEdit)[0].setText("ws://gateway.example:3271")
    save(dialog)
    written = load_settings(settings)
    assert written.url == "ws://gateway.example:3271"
    assert written.reconnect.base == 2.0
    assert "# mine" in settings.read_text()
    assert "# slower" in settings.read_text()


def test_what_cannot_be_is_told_and_nothing_is_written(dialog: QDialog, settings: Path) -> None:
    before = settings.read_text()
    dialog.findChildren(QLineEdit)[0].setText("http://nowhere")
    save(dialog)
    assert dialog.isVisible()
    assert any("expected ws://" in each.text() for each in dialog.findChildren(QLabel))
    assert settings.read_text() == before
