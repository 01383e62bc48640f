"""The address that a gateway listens on."""

from dataclasses import dataclass
from ipaddress import ip_address
from ssl import SSLContext


@dataclass(frozen=True, slots=True)
class ListenAddress:
    """Where a gateway listens, and how it is reached there."""

    host: str
    port: int
    tls: SSLContext | None = None
    is_behind_proxy: bool = False


def is_loopback(host: str) -> bool:
    """Return whether only this machine can reach `host`."""
    try:
        return ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return host == "localhost"
