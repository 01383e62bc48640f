"""The last lines of the local gateway's log, and what is added to it. It must never write one."""

import os
import re
import sys
import time
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

import typer

from tek_cli.exit_codes import Exit
from tek_local.runtime_file import data_dir

_LOOK_EVERY = 0.25


def logs(lines: int, *, follow: bool, pattern: str = "") -> Exit:
    """Show the last `lines` lines, and with `follow` what comes, until Ctrl+C.

    With a `pattern` only those in which the regular expression is found, and of those so many.
    """
    path = data_dir() / "gateway.log"
    wanted = re.compile(pattern)
    try:
        file = path.open("rb")
    except OSError as error:
        typer.echo(f"Error: there is no log at {path}: {error.strerror}", err=True)
        return Exit.FAILED
    with file:
        found = (line for line in file if wanted.search(_text(line)))
        _show(deque(found, lines))
        if follow:
            for line in _lines(_added(file, path)):
                if wanted.search(_text(line)):
                    _show([line])
    return Exit.OK


def _lines(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield whole lines: a writer may be in the middle of one."""
    rest = b""
    for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            yield line + b"\n"


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


def _show(lines: Iterable[bytes]) -> None:
    for line in lines:
        sys.stdout.write(_text(line))
    sys.stdout.flush()


def _text(line: bytes) -> str:
    return line.decode("utf-8", "replace")
