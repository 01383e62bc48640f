"""The tokens of a user: one for each gateway, in the keyring or in a private file.

A token is returned only for the host and port that it was saved for, and is in no error and no
repr.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

import filelock
import msgspec

from reconnect_core.rules.address import check_url
from tek_local.files import write_private
from tek_local.runtime_file import config_dir
from tek_protocol import DecodeError, decode, encode

_SERVICE = "tek"
_THIS_MACHINE = "this machine"

_LOCK_TIMEOUT = 5.0
"""Seconds to wait for another program that changes the tokens."""


class TokenSource(StrEnum):
    """Where a token comes from, in order of precedence."""

    ENVIRONMENT = "TEK_TOKEN"
    KEYRING = "keyring"
    FILE = "file"
    NOWHERE = "none"


class TokenError(OSError):
    """The tokens cannot be read or saved; the text says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Token:
    """A token, "" for none, and its source."""

    source: TokenSource = TokenSource.NOWHERE
    text: str = field(default="", repr=False)


class _StoredToken(msgspec.Struct, frozen=True, omit_defaults=True):
    """The entry of one gateway in the file: its token, or that the keyring has it."""

    keyring: bool = False
    token: str = ""


_FILE: msgspec.json.Decoder[dict[str, _StoredToken]] = msgspec.json.Decoder(dict[str, _StoredToken])


def tokens_path() -> Path:
    """Return the path of the file that lists the gateways with a token."""
    return config_dir() / "tokens.json"


def gateway_name(url: str) -> str:
    """Return HOST:PORT, which a token belongs to; `url` "" is the gateway on this computer.

    Raises `InvalidURL`.
    """
    return check_url(url) if url else _THIS_MACHINE


def is_token(text: str) -> bool:
    """Return whether `text` can be a token: one line of visible characters."""
    return bool(text) and text.isascii() and text.isprintable()


def find_token(url: str, environment: Mapping[str, str] = os.environ) -> Token:
    """Return the token for the gateway at `url`; blocks while a keyring asks to be unlocked.

    Raises `TokenError`.
    """
    given = environment.get("TEK_TOKEN", "").strip()  # a newline read from a file is not part of it
    if given:
        return Token(TokenSource.ENVIRONMENT, given)
    name = gateway_name(url)
    kept = _read().get(name)
    if kept is None:
        return Token()
    if not kept.keyring:
        return Token(TokenSource.FILE, kept.token)
    return Token(TokenSource.KEYRING, _from_keyring(name))


def keep_token(url: str, token: str) -> TokenSource:
    """Save `token` for the gateway at `url` in the keyring, or in the file if there is no keyring.

    Returns where it was saved. Raises `TokenError`.
    """
    name = gateway_name(url)
    in_keyring = _into_keyring(name, token)
    _change(name, _StoredToken(keyring=True) if in_keyring else _StoredToken(token=token))
    return TokenSource.KEYRING if in_keyring else TokenSource.FILE


def forget_token(url: str) -> bool:
    """Remove the token for the gateway at `url`; returns whether there was one.

    Raises `TokenError`.
    """
    name = gateway_name(url)
    kept = _read().get(name)
    if kept is None:
        return False
    if kept.keyring:
        _out_of_keyring(name)
    _change(name, None)
    return True


# ---- The file --------------------------------------------------------------------------------


def _read() -> dict[str, _StoredToken]:
    path = tokens_path()
    try:
        return decode(path.read_bytes(), _FILE)
    except FileNotFoundError:
        return {}
    except DecodeError as error:
        reason = f"{path} is damaged; remove it and log in again"
        raise TokenError(reason) from error
    except OSError as error:
        reason = f"{path} cannot be read: {error.strerror}"
        raise TokenError(reason) from error


def _change(name: str, kept: _StoredToken | None) -> None:
    path = tokens_path()
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with filelock.FileLock(f"{path}.lock", timeout=_LOCK_TIMEOUT, mode=0o600):
            found = _read()
            found.pop(name, None)
            if kept is not None:
                found[name] = kept
            write_private(path, encode(found) + "\n")
    except filelock.Timeout as error:
        reason = "another program is changing the tokens; try again"
        raise TokenError(reason) from error
    except TokenError:
        raise
    except OSError as error:
        reason = f"{path} cannot be written: {error.strerror}"
        raise TokenError(reason) from error


# ---- The keyring, which is slow to import and may be missing ---------------------------------


def _into_keyring(name: str, token: str) -> bool:
    import keyring  # noqa: PLC0415 - slow, and needed only for a saved token
    from keyring.errors import KeyringError  # noqa: PLC0415 - likewise

    try:
        keyring.set_password(_SERVICE, name, token)
    except (KeyringError, RuntimeError, OSError):  # no usable keyring
        return False
    return True


def _from_keyring(name: str) -> str:
    import keyring  # noqa: PLC0415 - likewise
    from keyring.errors import KeyringError  # noqa: PLC0415 - likewise

    try:
        token = keyring.get_password(_SERVICE, name)
    except (KeyringError, RuntimeError, OSError) as error:
        reason = "the keyring did not return the token; unlock it, or log in again"
        raise TokenError(reason) from error
    if token is None:
        reason = "the keyring has lost the token; log in again"
        raise TokenError(reason)
    return token


def _out_of_keyring(name: str) -> None:
    import keyring  # noqa: PLC0415 - likewise
    from keyring.errors import KeyringError, PasswordDeleteError  # noqa: PLC0415 - likewise

    try:
        keyring.delete_password(_SERVICE, name)
    except PasswordDeleteError:  # already deleted
        pass
    except (KeyringError, RuntimeError, OSError) as error:
        reason = "the keyring did not delete the token; unlock it first"
        raise TokenError(reason) from error
