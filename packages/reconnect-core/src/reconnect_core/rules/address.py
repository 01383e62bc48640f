"""Checks of a gateway's address: whether it can be dialled, and whether it is on this machine.

Pure: no name is resolved. Messages quote no user name, password or path of a wrong address,
because they end up in logs and on screens.
"""

import ipaddress
from urllib.parse import SplitResult, urlsplit

from reconnect_core.errors import InvalidURL

EXPECTED = "expected ws://HOST[:PORT]/PATH or wss://…, for example ws://127.0.0.1:3271/gateway"
CLEARTEXT_REFUSAL = "the token is not sent unencrypted to another machine"
_DEFAULT_PORTS = {"ws": 80, "wss": 443}


def check_url(url: str) -> str:
    """Return HOST:PORT of a WebSocket URL; raises `InvalidURL` for what can never be dialled.

    User names and passwords are rejected: addresses end up in logs and on screens.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
        host.encode("idna")
    except ValueError as error:
        message = f"this is not an address; {EXPECTED}"
        raise InvalidURL(message) from error
    if complaint := _complaint(parts, url):
        message = f"{complaint}{'' if complaint.endswith('?') else ';'} {EXPECTED}"
        raise InvalidURL(message)
    shown = f"[{host}]" if ":" in host else host
    return f"{shown}:{port or _DEFAULT_PORTS[parts.scheme]}"


def is_loopback(url: str) -> bool:
    """Return whether `url` names this machine.

    The only such name is `localhost`: a resolver may send `x.localhost` elsewhere.
    """
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def may_carry_token(url: str) -> bool:
    """Return whether a token can be sent to `url` unread by others: over TLS or on this machine."""
    return urlsplit(url).scheme == "wss" or is_loopback(url)


def _complaint(parts: SplitResult, url: str) -> str:
    if parts.username is not None or parts.password is not None:
        return "the address must not contain a user name or password; use a token"
    if not parts.scheme:
        return "the address must start with ws:// or wss://"
    if parts.scheme not in _DEFAULT_PORTS:
        return _other_scheme(parts)
    if not parts.hostname or parts.port == 0 or parts.fragment:
        return "the address needs a host, a port above 0 and no fragment"
    return "" if url.isprintable() and " " not in url else "the address must not contain spaces"


def _other_scheme(parts: SplitResult) -> str:
    likely = {"http": "ws", "https": "wss"}.get(parts.scheme)
    if likely is None or not parts.hostname:
        return f"the address must start with ws:// or wss://, not {parts.scheme}://"
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    port = "" if parts.port is None else f":{parts.port}"
    return f"did you mean {likely}://{host}{port}?"
