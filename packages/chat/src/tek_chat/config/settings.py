"""The settings file, read and checked.

It must never guess: what it does not understand is an error that names the key.
"""

import os
import re
import tomllib
from pathlib import Path

import msgspec

from reconnect_core import Backoff, InvalidURL
from tek_chat.config.gateway_address import normal_url
from tek_local.runtime_file import config_dir


class SettingsError(Exception):
    """The settings file cannot be used; the text names the file, the key and what to change."""


class Reconnect(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The `[reconnect]` table, in seconds; `seed` makes the jitter repeatable."""

    base: float = 1.0
    cap: float = 30.0
    jitter: float = 0.3
    seed: int | None = None

    @property
    def backoff(self) -> Backoff:
        """The schedule; raises `ValueError` for one that would spin."""
        return Backoff(self.base, self.cap, self.jitter)


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything that a user can set.

    `url` "" means the gateway of this machine, and `model` "" the one that the gateway prefers.
    """

    url: str = ""
    model: str = ""
    reconnect: Reconnect = Reconnect()


def settings_path() -> Path:
    """Return where the settings are: `TEK_CONFIG`, or `settings.toml` in Tek's folder."""
    named = os.environ.get("TEK_CONFIG")
    return Path(named) if named else config_dir() / "settings.toml"


def load_settings(path: Path) -> Settings:
    """Return the settings in `path`, the defaults if there is no such file.

    Raises `SettingsError` for a file that cannot be read or holds anything unknown.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Settings()
    except OSError as error:
        message = f"{path} cannot be read: {error.strerror}; make it a file that you can read"
        raise SettingsError(message) from error
    except UnicodeError as error:
        message = f"{path} is no UTF-8 text; save it as UTF-8"
        raise SettingsError(message) from error
    return check_settings(path, text)


def check_settings(path: Path, text: str) -> Settings:
    """Return the settings in `text`, which is or is to be in `path`; raises `SettingsError`."""
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
        message = f"this is no TOML: {error}; correct it there"
        raise _Wrong(message) from error
    except msgspec.ValidationError as error:
        raise _Wrong(_complaint(str(error))) from error
    try:
        _ = settings.reconnect.backoff
    except ValueError as error:
        message = "`reconnect` is no schedule; it takes 0 < base <= cap and jitter >= 0, finite"
        raise _Wrong(message) from error
    try:
        _ = settings.url and normal_url(settings.url)
    except InvalidURL as error:
        message = f"`url`: {error}"
        raise _Wrong(message) from error
    return settings


_TABLES = {"": Settings, "reconnect": Reconnect}
_UNKNOWN = re.compile(r"Object contains unknown field `(.*)`\Z", re.DOTALL)
_NAMES = {
    "float": "a number",
    "int": "a whole number",
    "int | null": "a whole number",
    "str": "a text in quotes",
    "object": "a table",
    "array": "a list",
    "bool": "true or false",
}


def _complaint(error: str) -> str:
    """Say what msgspec said, `Expected `float`, got `str` - at `$.reconnect.base``, to a user."""
    what, _, where = error.partition(" - at `$.")
    table = where.rstrip("`")
    if unknown := _UNKNOWN.match(what):
        known = ", ".join(f"`{name}`" for name in _TABLES[table].__struct_fields__)
        key = ".".join(filter(None, [table, unknown[1]]))
        return f"`{key}` is no setting; correct or remove it; there are {known}"
    plain = re.sub("`([^`]*)`", lambda name: _NAMES.get(name[1], name[1]), what)
    return f"`{table}`: {plain[0].lower()}{plain[1:]}; correct it, or remove it for the default"
