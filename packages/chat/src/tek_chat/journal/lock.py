"""Which of the clients that share a journal are alive: each holds a lock for as long as it is.

A lock must never outlive its process, however that ends: the operating system lets go of it.
"""

from contextlib import suppress
from pathlib import Path
from typing import Self
from uuid import uuid4

from filelock import FileLock, Timeout

_PATIENCE = 2.0
"""Seconds to wait for another client that is just starting, which takes milliseconds."""


class JournalLock:
    """A client among those that share `journal`. `open` takes its lock, `close` gives it up."""

    def __init__(self, journal: Path) -> None:
        self.name = uuid4().hex
        self._folder = journal.with_name(f"{journal.name}.clients")
        self._lock = _lock(self._folder / self.name)

    def is_gone(self, name: str) -> bool:
        """Return whether no process holds the lock of `name` any more; raises `OSError`."""
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
        """Take the lock and remove those of the dead; raises `OSError`."""
        self._folder.mkdir(mode=0o700, exist_ok=True)
        for file in list(self._folder.iterdir()):
            self.is_gone(file.name)
        self._lock.acquire(blocking=False)
        return self

    def close(self) -> None:
        """Give the lock up."""
        _remove(self._lock)


def starting(journal: Path) -> FileLock:
    """Return the lock under which one client at a time opens `journal`; raises `Timeout`."""
    return FileLock(f"{journal}.lock", timeout=_PATIENCE, mode=0o600)


def _lock(file: Path) -> FileLock:
    return FileLock(file, thread_local=False, mode=0o600)


def _remove(lock: FileLock) -> None:
    with suppress(OSError):
        Path(lock.lock_file).unlink(missing_ok=True)
    lock.release()
