"""`tek-cli gateway logs`: the last lines of the local gateway's log, and new ones."""

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

_POLL_INTERVAL = 0.25
"""Seconds between two looks for new lines."""


def print_log(lines: int, *, follow: bool, pattern: str = "") -> Exit:
    """Print the last `lines` lines that match `pattern`; with `follow`, new ones until Ctrl+C."""
    path = data_dir() / "gateway.log"
    wanted = re.compile(pattern)
    try:
        file = path.open("rb")
    except OSError as error:
        typer.echo(f"Error: cannot read the log {path}: {error.strerror}", err=True)
        return Exit.FAILED
    with file:
        found = (line for line in file if wanted.search(_text(line)))
        _print_lines(deque(found, lines))
        if follow:
            for line in _lines(_added(file, path)):
                if wanted.search(_text(line)):
                    _print_lines([line])
    return Exit.OK


def _lines(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield complete lines; the end of a chunk may be half of one."""
    rest = b""
    for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            yield line + b"\n"


def _added(file: BinaryIO, path: Path) -> Iterator[bytes]:
    """Yield what is appended to `file`, and then to the file that replaces it."""
    while True:
        if added := file.read():
            yield added
        elif _is_replaced(file, path):
            with path.open("rb") as successor:
                yield from _added(successor, path)
        else:
            time.sleep(_POLL_INTERVAL)


def _is_replaced(file: BinaryIO, path: Path) -> bool:
    """Return whether the log was rotated."""
    try:
        return not os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


def _print_lines(lines: Iterable[bytes]) -> None:
    for line in lines:
        sys.stdout.write(_text(line))
    sys.stdout.flush()


def _text(line: bytes) -> str:
    return line.decode("utf-8", "replace")
