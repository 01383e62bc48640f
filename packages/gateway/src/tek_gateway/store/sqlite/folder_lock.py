"""One gateway a data folder. The lock must never outlive its process, however that ends."""

import os
import sqlite3
from pathlib import Path

from tek_gateway.errors import StoreError


def make_private(file: Path) -> None:
    """Create `file` if it is missing and let only its owner read it; raises `OSError`."""
    os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
    file.chmod(0o600)


def lock_folder(folder: Path) -> sqlite3.Connection:
    """Return the lock on `folder`: whoever closes it, or ends, gives the folder up.

    SQLite locks an empty file with what the operating system has for that, on every system, and
    the system lets go when the process is killed. Raises `StoreError` while another has it.
    """
    file = folder / "gateway.lock"
    make_private(file)
    lock = sqlite3.connect(file, timeout=0, isolation_level=None, check_same_thread=False)
    try:
        lock.execute("PRAGMA journal_mode = MEMORY")  # no journal beside a file never written to
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        lock.close()
        reason = "another gateway uses it"
        raise StoreError(reason) from error
    return lock
