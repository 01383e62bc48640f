"""Which addresses can be dialled, and which of them are on this machine.

Pure: it reads an address and resolves no name. It must never quote more of a wrong address than
its scheme: the rest may hold a password.
"""

import ipaddress
from urllib.parse import SplitResult, urlsplit

from reconnect_core.errors import InvalidURL

EXPECTED = "expected ws://HOST[:PORT]/PATH or wss://…, for example ws://127.0.0.1:3271/gateway"
_DEFAULT_PORTS = {"ws": 80, "wss": 443}


def check_url(url: str) -> str:
    """Return HOST:PORT of a WebSocket URL; raises `InvalidURL` for what can never be dialled.

    User names and passwords are refused: an address ends up in logs and on screens.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
        host.encode("idna")
    except ValueError as error:
        message = f"this is no address; {EXPECTED}"
        raise InvalidURL(message) from error
    if complaint := _complaint(parts, url):
        message = f"{complaint}; {EXPECTED}"
        raise InvalidURL(message)
    shown = f"[{host}]" if ":" in host else host
    return f"{shown}:{port or _DEFAULT_PORTS[parts.scheme]}"


def is_loopback(url: str) -> bool:
    """Return whether `url` names this machine.

    Of the names only `localhost` does: a resolver may send `x.localhost` elsewhere.
    """
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _complaint(parts: SplitResult, url: str) -> str:
    if parts.username is not None or parts.password is not None:
        return "an address holds no user name or password, use a token"
    if not parts.scheme:
        return "an address begins with ws:// or wss://"
    if parts.scheme not in _DEFAULT_PORTS:
        return f"an address does not begin with {parts.scheme!r}"
    if not parts.hostname or parts.port == 0 or parts.fragment:
        return "an address has a host, a port above 0 and no fragment"
    return "" if url.isprintable() and " " not in url else "an address holds no blanks"
