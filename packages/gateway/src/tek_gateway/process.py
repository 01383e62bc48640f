"""What a process that is a gateway, and nothing else, asks of the interpreter and the system.

It must never be used where a gateway is only a part: all of this is for the whole process.
"""

import gc
from contextlib import suppress

SPARE = 512
"""Files beside the connections: the store, the log, and handshakes."""


def raise_file_limit(connections: int) -> None:
    """Let this process have so many connections, as far as the system allows."""
    try:
        import resource  # noqa: PLC0415 - only on POSIX
    except ImportError:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + SPARE
    if soft != resource.RLIM_INFINITY and soft < wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def settle() -> None:
    """Have the collector leave alone what the start has made, once that is done.

    It would look through all of it again and again, with everybody waiting.
    """
    gc.collect()
    gc.freeze()
