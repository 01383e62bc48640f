"""The mark of a clean stop, which is valid only for the very file that was closed.

A copy has another inode or another change time, which no program can set. So a restored backup is
never mistaken for the file that the gateway left behind.
"""

import os
from contextlib import suppress
from pathlib import Path

_NAME = "clean"


def mark_clean(file: Path) -> None:
    """Mark `file` as closed and complete; raises `OSError`."""
    mark = file.with_name(_NAME)
    descriptor = os.open(mark, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as text:
        text.write(_state_of(file))
        text.flush()
        os.fsync(text.fileno())


def take_mark(file: Path) -> bool:
    """Remove the mark; return whether it was for this `file`. Raises `OSError`."""
    mark = file.with_name(_NAME)
    clean = False
    with suppress(FileNotFoundError):
        clean = mark.read_text() == _state_of(file)
        mark.unlink()
        _sync(file.parent)
    return clean


def _state_of(file: Path) -> str:
    state = file.stat()
    return f"{state.st_dev} {state.st_ino} {state.st_ctime_ns} {state.st_size}\n"


def _sync(folder: Path) -> None:
    """Make a removal in `folder` durable, where the system supports it."""
    with suppress(PermissionError):  # Windows cannot open folders
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
