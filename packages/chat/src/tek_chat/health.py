"""Asking a gateway on this machine whether it is alive.

It must never follow a redirect, use a proxy, or wait longer than its bound.
"""

import asyncio
import http.client

import msgspec

from tek_gateway.runtime import Runtime

_BOUND = 1.0
_READ_LIMIT = 65_536


class Health(msgspec.Struct, frozen=True):
    """What `/health` says; `uptime` is in seconds."""

    instance: str
    pid: int = 0
    version: str = ""
    uptime: float = 0.0
    connections: int = 0
    sessions: int = 0


async def read_health(runtime: Runtime) -> Health | None:
    """Return the health of the very gateway that `runtime` names, or None within a second."""
    health = await asyncio.to_thread(_fetch, runtime.host, runtime.port)
    return health if health is not None and health.instance == runtime.instance else None


def _fetch(host: str, port: int) -> Health | None:
    connection = http.client.HTTPConnection(host, port, timeout=_BOUND)
    try:
        connection.request("GET", "/health")
        return msgspec.json.decode(connection.getresponse().read(_READ_LIMIT), type=Health)
    except (OSError, http.client.HTTPException, msgspec.DecodeError):
        return None
    finally:
        connection.close()
