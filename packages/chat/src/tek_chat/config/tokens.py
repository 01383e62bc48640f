"""The tokens that a user has logged in with, one a gateway, and where each is kept.

It must never give the token of one host to another, nor show one: a token is in no text, no
error and no repr.
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
_PATIENCE = 5.0


class TokenSource(StrEnum):
    """Where a token comes from, strongest first."""

    ENVIRONMENT = "TEK_TOKEN"
    KEYRING = "keyring"
    FILE = "file"
    NOWHERE = "none"


class TokenError(OSError):
    """The tokens cannot be read or kept now; the text says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Token:
    """A token, "" for none, and its source."""

    source: TokenSource = TokenSource.NOWHERE
    text: str = field(default="", repr=False)


class _Kept(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the file says of one gateway: its token, or that the keyring has it."""

    keyring: bool = False
    token: str = ""


_FILE: msgspec.json.Decoder[dict[str, _Kept]] = msgspec.json.Decoder(dict[str, _Kept])


def tokens_path() -> Path:
    """Return the file that says which gateways there are tokens for."""
    return config_dir() / "tokens.json"


def gateway_name(url: str) -> str:
    """Return HOST:PORT, which a token belongs to; `url` "" is this machine's own gateway.

    Raises `InvalidURL`.
    """
    return check_url(url) if url else _THIS_MACHINE


def is_token(text: str) -> bool:
    """Return whether `text` can be a token: one line of visible characters."""
    return bool(text) and text.isascii() and text.isprintable()


def find_token(url: str, environment: Mapping[str, str] = os.environ) -> Token:
    """Return the token for the gateway at `url`; blocks, since a keyring may ask its user.

    Raises `TokenError`.
    """
    given = environment.get("TEK_TOKEN", "").strip()  # a line end from a file is no part of it
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
    """Keep `token` for the gateway at `url`, in the keyring, or in a file where there is none.

    Returns where. Raises `TokenError`.
    """
    name = gateway_name(url)
    in_keyring = _into_keyring(name, token)
    _change(name, _Kept(keyring=True) if in_keyring else _Kept(token=token))
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


def _read() -> dict[str, _Kept]:
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


def _change(name: str, kept: _Kept | None) -> None:
    path = tokens_path()
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with filelock.FileLock(f"{path}.lock", timeout=_PATIENCE, mode=0o600):
            found = _read()
            found.pop(name, None)
            if kept is not None:
                found[name] = kept
            write_private(path, encode(found) + "\n")
    except filelock.Timeout as error:
        reason = "another program has been changing the tokens for too long"
        raise TokenError(reason) from error
    except TokenError:
        raise
    except OSError as error:
        reason = f"{path} cannot be written: {error.strerror}"
        raise TokenError(reason) from error


# ---- The keyring, which takes long to import and may be none ---------------------------------


def _into_keyring(name: str, token: str) -> bool:
    import keyring  # noqa: PLC0415 - only who has logged in pays for it
    from keyring.errors import KeyringError  # noqa: PLC0415 - likewise

    try:
        keyring.set_password(_SERVICE, name, token)
    except (KeyringError, RuntimeError, OSError):  # whatever there is, it keeps nothing
        return False
    return True


def _from_keyring(name: str) -> str:
    import keyring  # noqa: PLC0415 - likewise
    from keyring.errors import KeyringError  # noqa: PLC0415 - likewise

    try:
        token = keyring.get_password(_SERVICE, name)
    except (KeyringError, RuntimeError, OSError) as error:
        reason = "the keyring does not give the token; unlock it, or log in again"
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
    except PasswordDeleteError:  # it was not there any more
        pass
    except (KeyringError, RuntimeError, OSError) as error:
        reason = "the keyring does not remove the token; unlock it first"
        raise TokenError(reason) from error
