"""Tokens, and the principals that they identify. Only hashes of tokens are kept."""

import hashlib
import hmac
import os
import re
import secrets
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from tek_gateway.errors import CannotStart
from tek_gateway.store.session_records import OWNER

VARIABLE = "TEK_GATEWAY_TOKEN"

TOKEN_MIN_LENGTH = 16
"""Characters. A shorter token can be guessed."""

_NAME = re.compile(r"[A-Za-z0-9._@-]{1,64}")
_TOKEN = re.compile(r"[!-~]+")
_HASH = re.compile(r"sha256:([0-9a-f]{64})")
_BEARER = "bearer "


@dataclass(frozen=True, slots=True)
class Tokens:
    """The principal of each token; without tokens every client is the owner."""

    names: Mapping[bytes, str] = field(default_factory=dict[bytes, str], repr=False)
    """Principals by the SHA-256 of their tokens."""

    @classmethod
    def read(cls, file: Path | None, environment: Mapping[str, str] = os.environ) -> Self:
        """Return the tokens in `file` and in the environment; raises `CannotStart`.

        A line of the file is `NAME TOKEN` or `NAME sha256:HEX`; a name may have several.
        """
        names: dict[bytes, str] = {}
        if token := environment.get(VARIABLE, ""):
            names[_hashed(_checked(token, VARIABLE))] = OWNER
        if file is not None:
            names |= _in_file(file)
        return cls(names)

    def principal(self, authorization: Sequence[str]) -> str | None:
        """Return the principal of the `Authorization` headers' values, or None."""
        if not self.names:
            return OWNER
        if len(authorization) != 1 or authorization[0][: len(_BEARER)].lower() != _BEARER:
            return None
        digest = _hashed(authorization[0][len(_BEARER) :].strip())
        found = None
        for known, name in self.names.items():  # all of them, so that the time reveals nothing
            if hmac.compare_digest(known, digest):
                found = name
        return found


def add_token(file: Path, name: str) -> str:
    """Make a token for `name` and add its hash to `file`; raises `CannotStart` and `OSError`."""
    if _NAME.fullmatch(name) is None:
        reason = f"invalid name {name!r}: use 1 to 64 letters, digits and the characters . _ @ -"
        raise CannotStart(reason)
    token = secrets.token_urlsafe(32)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "w") as text:
        text.write(f"{name} sha256:{_hashed(token).hex()}\n")
    return token


def _in_file(file: Path) -> dict[bytes, str]:
    try:
        text = file.read_text()
        is_open = os.name == "posix" and bool(file.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH))
    except (OSError, UnicodeError) as error:
        reason = f"cannot read the tokens in {file}: {error}"
        raise CannotStart(reason) from error
    names: dict[bytes, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        place = f"{file}, line {number}"
        name, _, token = line.strip().partition(" ")
        if _NAME.fullmatch(name) is None or not token.strip():
            reason = f"{place}: expected `NAME TOKEN`"
            raise CannotStart(reason)
        if (hashed := _HASH.fullmatch(token.strip())) is not None:
            names[bytes.fromhex(hashed[1])] = name
            continue
        if is_open:
            reason = f"other users can read the tokens in {file}: run chmod 600 {file}"
            raise CannotStart(reason)
        names[_hashed(_checked(token.strip(), place))] = name
    if not names:
        reason = f"{file} contains no token; add one with `tek-gateway token NAME`"
        raise CannotStart(reason)
    return names


def _checked(token: str, place: str) -> str:
    if len(token) < TOKEN_MIN_LENGTH or _TOKEN.fullmatch(token) is None:
        reason = f"{place}: a token needs at least {TOKEN_MIN_LENGTH} characters, without spaces"
        raise CannotStart(reason)
    return token


def _hashed(token: str) -> bytes:
    # Tokens are long and random: a slow password hash is not needed.
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()
