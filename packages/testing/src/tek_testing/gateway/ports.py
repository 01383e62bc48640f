"""Free ports for gateways that are restarted, outside the range that the system hands out.

The system takes the near end of an outgoing connection from 32768 up (Linux) or 49152 up (others).
A test that dials a dead port of that range may, once in a while, connect to itself.
"""

import random
import socket

_LOWEST, _HIGHEST = 20_000, 32_000


def free_port(host: str = "127.0.0.1") -> int:
    """Return a port below the system's own that nobody listens at; raises `RuntimeError`."""
    for port in random.sample(range(_LOWEST, _HIGHEST), 100):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if probe.connect_ex((host, port)) != 0 and _binds(probe, host, port):
                return port
    reason = "found no free port"
    raise RuntimeError(reason)


def _binds(probe: socket.socket, host: str, port: int) -> bool:
    try:
        probe.bind((host, port))
    except OSError:
        return False
    return True
