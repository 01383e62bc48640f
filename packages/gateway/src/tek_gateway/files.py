"""How many files the gateway may have open: each connection is one. It must never lower that."""

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
