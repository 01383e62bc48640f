"""Who may come in: tokens and the principals that they stand for.

It must never keep a token itself where a hash will do, nor put one into a text.
"""

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
from tek_gateway.store.store import OWNER

VARIABLE = "TEK_GATEWAY_TOKEN"

TOKEN_LEAST = 16
"""Characters; a shorter token can be guessed."""

_NAME = re.compile(r"[A-Za-z0-9._@-]{1,64}")
_TOKEN = re.compile(r"[!-~]+")
_HASH = re.compile(r"sha256:([0-9a-f]{64})")
_BEARER = "bearer "


@dataclass(frozen=True, slots=True)
class Tokens:
    """Which principal a token stands for; without any, everybody is the owner."""

    names: Mapping[bytes, str] = field(default_factory=dict[bytes, str], repr=False)
    """The principals by the SHA-256 of their tokens."""

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
        """Return whom the values of the `Authorization` headers stand for, None for nobody."""
        if not self.names:
            return OWNER
        if len(authorization) != 1 or authorization[0][: len(_BEARER)].lower() != _BEARER:
            return None
        given = _hashed(authorization[0][len(_BEARER) :].strip())
        found = None
        for known, name in self.names.items():  # all of them: the time tells nothing
            if hmac.compare_digest(known, given):
                found = name
        return found


def add_token(file: Path, name: str) -> str:
    """Make a token for `name` and add its hash to `file`; raises `CannotStart`, `OSError`."""
    if _NAME.fullmatch(name) is None:
        reason = f"{name!r} is no name: letters, digits and . _ @ -, 64 at most"
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
        where = f"{file}, line {number}"
        name, _, token = line.strip().partition(" ")
        if _NAME.fullmatch(name) is None or not token.strip():
            reason = f"{where} is not `NAME TOKEN`"
            raise CannotStart(reason)
        if (hashed := _HASH.fullmatch(token.strip())) is not None:
            names[bytes.fromhex(hashed[1])] = name
            continue
        if is_open:
            reason = f"others can read the tokens in {file}: run chmod 600 on it"
            raise CannotStart(reason)
        names[_hashed(_checked(token.strip(), where))] = name
    if not names:
        reason = f"there is no token in {file}; `tek-gateway token NAME` adds one"
        raise CannotStart(reason)
    return names


def _checked(token: str, where: str) -> str:
    if len(token) < TOKEN_LEAST or _TOKEN.fullmatch(token) is None:
        reason = f"{where}: a token has at least {TOKEN_LEAST} characters, without blanks"
        raise CannotStart(reason)
    return token


def _hashed(token: str) -> bytes:
    # A token is random and long: what slows down guessing of passwords is not needed here.
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()
