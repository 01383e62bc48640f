"""What a process that is a gateway, and nothing else, asks of the interpreter and the system.

It must never be used where a gateway is only a part: all of this is for the whole process.
"""

import gc
from contextlib import suppress

COLLECT_AFTER = (2_000, 10, 20)
"""New objects until the youngest are looked through, and how many such looks until older ones."""

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

    It would look through all of it again and again, with everybody waiting; and through all that
    came later more often than a gateway needs it, which makes next to nothing that refers to
    itself.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)
