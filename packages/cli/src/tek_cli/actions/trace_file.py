"""The file of `--trace`, open for the length of a command."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import typer

from tek_chat import Listener, Trace


@contextmanager
def tracing(path: Path | None) -> Generator[tuple[Listener, ...]]:
    """Yield the listener that traces to `path`; raises `BadParameter` if it cannot be written."""
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
