"""The settings file, read and checked; an unknown key is an error, not ignored."""

import os
import tomllib
from pathlib import Path

import msgspec

from reconnect_core import Backoff, InvalidURL
from tek_chat.config.gateway_address import normal_url
from tek_local.runtime_file import config_dir
from tek_local.toml_mistakes import toml_mistake


class SettingsError(Exception):
    """The settings file cannot be used; the text names the file, the key and the fix."""


class Reconnect(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The `[reconnect]` table, in seconds; `seed` makes the jitter repeatable."""

    base: float = 1.0
    cap: float = 30.0
    jitter: float = 0.3
    seed: int | None = None

    @property
    def backoff(self) -> Backoff:
        """The retry schedule; raises `ValueError` for one that would retry without a pause."""
        return Backoff(self.base, self.cap, self.jitter)


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All settings.

    `url` "" is the gateway on this computer, and `model` "" the gateway's default model.
    """

    url: str = ""
    model: str = ""
    reconnect: Reconnect = Reconnect()


def settings_path() -> Path:
    """Return the path of the settings: `TEK_CONFIG`, or `settings.toml` in Tek's folder."""
    named = os.environ.get("TEK_CONFIG")
    return Path(named) if named else config_dir() / "settings.toml"


def load_settings(path: Path) -> Settings:
    """Return the settings in `path`, or the defaults if there is no file.

    Raises `SettingsError` for a file that cannot be read or contains an unknown key.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Settings()
    except OSError as error:
        message = f"{path} cannot be read: {error.strerror}; make it a file that you can read"
        raise SettingsError(message) from error
    except UnicodeError as error:
        message = f"{path} is not UTF-8 text; save it as UTF-8"
        raise SettingsError(message) from error
    return check_settings(path, text)


def check_settings(path: Path, text: str) -> Settings:
    """Return the settings in `text`, the contents of `path`; raises `SettingsError`."""
    try:
        return _checked(text)
    except _Wrong as wrong:
        message = f"{path}: {wrong}"
        raise SettingsError(message) from wrong


class _Wrong(Exception):
    """What is wrong with the text of a settings file."""


def _checked(text: str) -> Settings:
    try:
        settings = msgspec.convert(tomllib.loads(text), Settings)
    except tomllib.TOMLDecodeError as error:
        message = f"this is not TOML: {error}; correct it there"
        raise _Wrong(message) from error
    except msgspec.ValidationError as error:
        raise _Wrong(toml_mistake(error, {"": Settings, "reconnect": Reconnect})) from error
    try:
        _ = settings.reconnect.backoff
    except ValueError as error:
        message = "`reconnect` needs 0 < base <= cap and jitter >= 0, all finite"
        raise _Wrong(message) from error
    try:
        _ = settings.url and normal_url(settings.url)
    except InvalidURL as error:
        message = f"`url`: {error}"
        raise _Wrong(message) from error
    return settings
