"""The last lines of the local gateway's log, and what is added to it. It must never write one."""

import os
import sys
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import typer

from tek_cli.exits import Exit
from tek_gateway.runtime import data_dir

_LOOK_EVERY = 0.25


def logs(lines: int, *, follow: bool) -> Exit:
    """Show the last `lines` lines, and with `follow` what comes, until Ctrl+C."""
    path = data_dir() / "gateway.log"
    try:
        file = path.open("rb")
    except OSError as error:
        typer.echo(f"Error: there is no log at {path}: {error.strerror}", err=True)
        return Exit.FAILED
    with file:
        _show(deque(file, lines))
        if follow:
            for added in _added(file, path):
                _show([added])
    return Exit.OK


def _added(file: BinaryIO, path: Path) -> Iterator[bytes]:
    """Yield what is written to `file`, and to the one that takes its place."""
    while True:
        if added := file.read():
            yield added
        elif _is_replaced(file, path):
            with path.open("rb") as successor:
                yield from _added(successor, path)
        else:
            time.sleep(_LOOK_EVERY)


def _is_replaced(file: BinaryIO, path: Path) -> bool:
    """Return whether the log was put aside for a new one."""
    try:
        return not os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


def _show(chunks: Iterator[bytes] | deque[bytes] | list[bytes]) -> None:
    for chunk in chunks:
        sys.stdout.write(chunk.decode("utf-8", "replace"))
    sys.stdout.flush()
