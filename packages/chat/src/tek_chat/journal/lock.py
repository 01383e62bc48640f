"""Shows which of the clients that share a journal are running: each holds a file lock.

The operating system releases the lock when the process ends, however it ends.
"""

from contextlib import suppress
from pathlib import Path
from typing import Self
from uuid import uuid4

from filelock import FileLock, Timeout

_OPEN_TIMEOUT = 2.0
"""Seconds to wait for another client that is opening the journal, which takes milliseconds."""


class JournalLock:
    """The lock of one client of `journal`; `open` acquires it, `close` releases it."""

    def __init__(self, journal: Path) -> None:
        self.name = uuid4().hex
        self._folder = journal.with_name(f"{journal.name}.clients")
        self._lock = _lock(self._folder / self.name)

    def is_gone(self, name: str) -> bool:
        """Return whether the client `name` has ended; raises `OSError`."""
        if name == self.name:
            return False
        lock = _lock(self._folder / name)
        try:
            lock.acquire(blocking=False)
        except Timeout:
            return False
        _remove(lock)
        return True

    def open(self) -> Self:
        """Acquire the lock, and remove the files of ended clients; raises `OSError`."""
        self._folder.mkdir(mode=0o700, exist_ok=True)
        for file in list(self._folder.iterdir()):
            self.is_gone(file.name)
        self._lock.acquire(blocking=False)
        return self

    def close(self) -> None:
        """Release the lock."""
        _remove(self._lock)


def starting(journal: Path) -> FileLock:
    """Return the lock that lets one client at a time open `journal`; raises `Timeout`."""
    return FileLock(f"{journal}.lock", timeout=_OPEN_TIMEOUT, mode=0o600)


def _lock(file: Path) -> FileLock:
    return FileLock(file, thread_local=False, mode=0o600)


def _remove(lock: FileLock) -> None:
    with suppress(OSError):
        Path(lock.lock_file).unlink(missing_ok=True)
    lock.release()
