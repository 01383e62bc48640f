"""The settings file, read and checked.

It must never guess: what it does not understand is an error that names the line of thought.
"""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path

import msgspec

from reconnect_core import Backoff, InvalidURL
from tek_chat.address import normal_url
from tek_gateway.runtime import config_dir


class SettingsError(Exception):
    """The settings file cannot be used; the text names the file and what to change."""


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
    """Everything that a user can set. `url` "" means the gateway of this machine."""

    url: str = ""
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
        return _checked(tomllib.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return Settings()
    except (OSError, ValueError, msgspec.ValidationError, InvalidURL) as error:
        message = f"{path}: {error}"
        raise SettingsError(message) from error


def _checked(table: Mapping[str, object]) -> Settings:
    settings = msgspec.convert(table, Settings)
    _ = settings.reconnect.backoff
    if settings.url:
        normal_url(settings.url)
    return settings
