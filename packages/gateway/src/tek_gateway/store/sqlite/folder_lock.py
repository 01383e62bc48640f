"""The lock that lets only one gateway use a data folder."""

import os
import sqlite3
from pathlib import Path

from tek_gateway.errors import StoreError


def make_private(file: Path) -> None:
    """Create `file` if it is missing, readable by its owner only; raises `OSError`."""
    os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
    file.chmod(0o600)


def lock_folder(folder: Path) -> sqlite3.Connection:
    """Return the lock on `folder`, which is held until it is closed or the process ends.

    SQLite locks an empty file by the means of each operating system, which releases the lock when
    the process is killed. Raises `StoreError` while another process holds it.
    """
    file = folder / "gateway.lock"
    make_private(file)
    lock = sqlite3.connect(file, timeout=0, isolation_level=None, check_same_thread=False)
    try:
        lock.execute(
            "PRAGMA journal_mode = MEMORY"
        )  # no journal beside a file that is never written
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        lock.close()
        reason = "another gateway uses it"
        raise StoreError(reason) from error
    return lock
