"""Settings changed in their file: comments stay, and nothing wrong is ever written."""

from pathlib import Path

import pytest

from tek_chat.config.settings import Reconnect, Settings, SettingsError, load_settings
from tek_chat.config.settings_edit import (
    change_setting,
    setting,
    setting_names,
    shown,
    with_setting,
    write_settings,
)

FILE = """\
# mine
url = "wss://old.example/gateway"  # the old one

[reconnect]
cap = 10.0  # patience
"""


def test_comments_and_order_stay() -> None:
    changed = with_setting(with_setting(FILE, "url", "wss://new.example"), "reconnect.cap", "20")
    expected = FILE.replace("old.example/gateway", "new.example").replace("10.0", "20.0")
    assert changed == expected


def test_a_missing_file_and_a_missing_table_are_made(tmp_path: Path) -> None:
    path = tmp_path / "tek" / "settings.toml"
    settings = change_setting(path, "reconnect.seed", "7")
    assert settings == load_settings(path) == Settings(reconnect=Reconnect(seed=7))
    assert path.stat().st_mode & 0o777 == 0o600


def test_every_setting_can_be_read_and_there_is_no_other() -> None:
    values = {name: setting(Settings(), name) for name in setting_names()}
    assert values["reconnect.cap"] == 30.0
    assert set(values) == {"url", "model"} | {
        f"reconnect.{name}" for name in Reconnect.__struct_fields__
    }


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("colour", "blue", "Unknown setting `colour`. Settings: `url`"),
        ("reconnect.cap", "soon", "must be a number, not 'soon'"),
        ("reconnect.seed", "1.5", "must be a whole number"),
        ("reconnect.cap", "0.1", "needs 0 < base <= cap"),
        ("url", "http://a", "expected ws://HOST"),
    ],
)
def test_what_is_wrong_is_said_and_not_written(
    tmp_path: Path, key: str, value: str, message: str
) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(FILE)
    with pytest.raises(SettingsError, match=message):
        change_setting(path, key, value)
    assert path.read_text() == FILE


def test_a_file_that_is_no_toml_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text("url = ")
    with pytest.raises(SettingsError, match="not TOML"):
        change_setting(path, "model", "m")
    assert path.read_text() == "url = "


def test_a_table_in_a_line_is_changed_by_hand_only() -> None:
    with pytest.raises(SettingsError, match="edit it by hand"):
        with_setting("reconnect = { cap = 3.0 }", "reconnect.cap", "4")


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match="cannot be written"):
        write_settings(tmp_path / "file" / "settings.toml", "")


@pytest.mark.parametrize(("value", "text"), [("a", '"a"'), (1.0, "1.0"), (None, "")])
def test_values_are_shown_as_the_file_has_them(value: object, text: str) -> None:
    assert shown(value) == text
