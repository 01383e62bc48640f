"""Changes the settings file, and keeps its comments and its order.

The new text is checked before it is written.
"""

from collections.abc import Mapping
from pathlib import Path

import msgspec
import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import Table

from tek_chat.config.settings import Settings, SettingsError, check_settings
from tek_local.files import write_private
from tek_local.toml_mistakes import unknown_setting

_KINDS: Mapping[str, type[str] | type[float] | type[int]] = {
    "url": str,
    "model": str,
    "reconnect.base": float,
    "reconnect.cap": float,
    "reconnect.jitter": float,
    "reconnect.seed": int,
}


def setting_names() -> tuple[str, ...]:
    """Return the keys that can be set; one in a table is TABLE.KEY."""
    return tuple(_KINDS)


def setting(settings: Settings, key: str) -> object:
    """Return the value of `key`; raises `SettingsError` if it does not exist."""
    _kind(key)
    found: object = settings
    for name in key.split("."):
        found = getattr(found, name)
    return found


def with_setting(text: str, key: str, value: str) -> str:
    """Return the TOML `text` with `key` set to `value`; raises `SettingsError`."""
    kind = _kind(key)
    try:
        typed = kind(value)
    except ValueError as error:
        names = {float: "a number", int: "a whole number", str: "text"}
        message = f"`{key}` must be {names[kind]}, not {value!r}"
        raise SettingsError(message) from error
    try:
        document = tomlkit.parse(text)
    except TOMLKitError as error:
        message = f"the settings are not TOML: {error}"
        raise SettingsError(message) from error
    *tables, name = key.split(".")
    parent: tomlkit.TOMLDocument | Table = document
    for table in tables:
        if table not in parent:
            parent[table] = tomlkit.table()
        inner = parent[table]
        if not isinstance(inner, Table):
            message = f"`{table}` is not a plain table; edit it by hand"
            raise SettingsError(message)
        parent = inner
    parent[name] = typed
    return tomlkit.dumps(document)


def change_setting(path: Path, key: str, value: str) -> Settings:
    """Set `key` in the file at `path`, which may not exist yet; return all settings.

    Raises `SettingsError`; the file is unchanged then.
    """
    return change_settings(path, {key: value})


def change_settings(path: Path, changes: Mapping[str, str]) -> Settings:
    """Set several keys, or none of them, as `change_setting` sets one."""
    text = _read(path)
    for key, value in changes.items():
        text = with_setting(text, key, value)
    return write_settings(path, text)


def write_settings(path: Path, text: str) -> Settings:
    """Write `text` to `path` if it is valid; raises `SettingsError`, with nothing written."""
    settings = check_settings(path, text)
    try:
        write_private(path, text)
    except OSError as error:
        message = f"{path} cannot be written: {error.strerror}"
        raise SettingsError(message) from error
    return settings


def shown(value: object) -> str:
    """Return a value as it is written in the file, "" for one that is not set."""
    return "" if value is None else msgspec.json.encode(value).decode()


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8") if path.exists() else ""
    except (OSError, UnicodeError) as error:
        message = f"{path} cannot be read: {error}"
        raise SettingsError(message) from error


def _kind(key: str) -> type[str] | type[float] | type[int]:
    if key not in _KINDS:
        raise SettingsError(unknown_setting(key, _KINDS))
    return _KINDS[key]
