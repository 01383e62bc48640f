"""The address of a gateway as a user may write it, in full."""

from urllib.parse import urlsplit, urlunsplit

from reconnect_core.rules.address import check_url
from tek_protocol.envelope import PATH


def normal_url(text: str) -> str:
    """Return `text` with the gateway's path where it has none; raises `InvalidURL`."""
    check_url(text)
    parts = urlsplit(text)
    return urlunsplit(parts._replace(path=PATH)) if parts.path in {"", "/"} else text
