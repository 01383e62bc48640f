"""The gateway's settings file, read and checked.

Anything unknown is an error that names its place. No key is stored in this file.
"""

import os
import tomllib
from pathlib import Path
from typing import Annotated, TypeAlias, TypeVar
from urllib.parse import urlsplit

import msgspec

from tek_gateway.errors import CannotStart
from tek_local.runtime_file import config_dir
from tek_local.toml_mistakes import toml_mistake

VARIABLE = "TEK_GATEWAY_CONFIG"

Seconds: TypeAlias = Annotated[float, msgspec.Meta(gt=0, le=86_400)]
Price: TypeAlias = Annotated[float, msgspec.Meta(ge=0, le=1e9)]
Tokens: TypeAlias = Annotated[int, msgspec.Meta(ge=256, le=100_000_000)]
Name: TypeAlias = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]

T = TypeVar("T", bound=msgspec.Struct)


class Key(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the key of an endpoint is: in the variable `env`, or in the keyring as `keyring`."""

    env: str = ""
    keyring: str = ""


class Timeouts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Time limits in seconds: to connect, for the first token, and between tokens."""

    connect: Seconds = 10.0
    first: Seconds = 120.0
    between: Seconds = 60.0


class Endpoint(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A model behind an OpenAI-compatible endpoint.

    `model` is the endpoint's name for it, "" for the name of the entry. `window` is in tokens, and
    prices are per million tokens. `continues` says that it continues a partial answer. `options`
    are added to every request.
    """

    base_url: str
    model: str = ""
    key: Key | None = None
    window: Tokens = 8192
    input_price: Price = 0.0
    output_price: Price = 0.0
    continues: bool = False
    reports_usage: bool = True
    timeouts: Timeouts = Timeouts()
    options: dict[str, object] = {}


class Configuration(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All settings of the file. `model` names the default model, "" the first one."""

    model: str = ""
    models: dict[Name, Endpoint] = {}


class _Raw(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    model: str = ""
    models: dict[Name, dict[str, object]] = {}


class _Wrong(Exception):
    """A mistake in a settings file."""


def configuration_path() -> Path:
    """Return the path from the variable, else `gateway.toml` in Tek's folder."""
    named = os.environ.get(VARIABLE)
    return Path(named) if named else config_dir() / "gateway.toml"


def read_configuration(path: Path, *, required: bool = False) -> Configuration:
    """Return the settings in `path`, or the defaults if it is missing and not `required`.

    Raises `CannotStart` for a file that cannot be read or has unknown settings.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError) as error:
        if not required:
            return Configuration()
        reason = f"{path} is not there; make it, or give another with --config"
        raise CannotStart(reason) from error
    except OSError as error:
        reason = f"{path} cannot be read: {error.strerror}; make it a file that you can read"
        raise CannotStart(reason) from error
    except UnicodeError as error:
        reason = f"{path} is not UTF-8 text; save it as UTF-8"
        raise CannotStart(reason) from error
    try:
        return _checked(text)
    except _Wrong as wrong:
        reason = f"{path}: {wrong}"
        raise CannotStart(reason) from wrong


def _checked(text: str) -> Configuration:
    try:
        raw = _converted(tomllib.loads(text), _Raw, "")
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        message = f"this is not TOML: {error}; correct it there"
        raise _Wrong(message) from error
    models = {name: _endpoint(name, entry) for name, entry in raw.models.items()}
    return Configuration(raw.model, models)


def _endpoint(name: str, entry: dict[str, object]) -> Endpoint:
    place = f"models.{name}"
    if isinstance(entry.get("key"), str) or "api_key" in entry:
        message = (
            f"`{place}`: a key does not belong into this file; name the variable that has it with"
            ' `key = { env = "…" }`, or put it into the keyring: `key = { keyring = "…" }`'
        )
        raise _Wrong(message)
    endpoint = _converted(entry, Endpoint, place)
    key = endpoint.key
    if key is not None and bool(key.env) == bool(key.keyring):
        message = f"`{place}.key` names either `env` or `keyring`; keep one of them"
        raise _Wrong(message)
    if not is_base_url(endpoint.base_url):
        message = (
            f"`{place}.base_url` is no address of an endpoint;"
            " it begins with http:// or https:// and mostly ends in /v1"
        )
        raise _Wrong(message)
    return endpoint


def is_base_url(text: str) -> bool:
    """Return whether `text` is an address that paths can be appended to, without a secret."""
    try:
        url = urlsplit(text)
        _ = url.port
    except ValueError:
        return False
    extras = (url.username, url.password, url.query, url.fragment)
    return url.scheme in {"http", "https"} and bool(url.hostname) and not any(extras)


def _converted(value: object, kind: type[T], place: str) -> T:
    tables = {"": kind, "timeouts": Timeouts, "key": Key}
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise _Wrong(toml_mistake(error, tables, place)) from error
