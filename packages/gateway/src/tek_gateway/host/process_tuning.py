"""Settings of the whole process, for a process that is only a gateway."""

import gc
from contextlib import suppress

COLLECT_AFTER = (2_000, 10, 20)
"""New objects until the youngest are looked through, and how many such looks until older ones."""

SPARE = 512
"""Files beside the connections: the store, the log and handshakes."""


def raise_file_limit(connections: int) -> None:
    """Raise the limit of open files for so many connections, as far as the system allows."""
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
    """Exempt what the start has allocated from garbage collection.

    A collection would scan it again and again while every client waits. Later objects are
    collected more rarely than by default, since a gateway makes almost no reference cycles.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)
