"""The file of `--trace`, for the time of a conversation. It must never end one."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import typer

from tek_chat import Listener, Trace


@contextmanager
def tracing(path: Path | None) -> Generator[tuple[Listener, ...]]:
    """Return what is to hear every event; raises `BadParameter` for a file that cannot be had."""
    if path is None:
        yield ()
        return
    try:
        trace = Trace(path)
    except OSError as error:
        message = f"cannot write to {path}: {error.strerror}"
        raise typer.BadParameter(message, param_hint="--trace") from error
    try:
        yield (trace.write,)
    finally:
        trace.close()
