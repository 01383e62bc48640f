"""The output of a command: a file, written whole or not at all, or standard output."""

from pathlib import Path

import typer

from tek_cli.actions.ask_outcome import AskOutcome, CommandEnded
from tek_cli.exit_codes import Exit
from tek_local.files import write_whole


def write_output(text: str, file: Path | None) -> None:
    """Write `text` to `file`, or to standard output without one; raises `CommandEnded`."""
    if file is None:
        typer.echo(text, nl=not text.endswith("\n"))
        return
    try:
        write_whole(file, text, mode=0o666)
    except OSError as error:
        problem = f"cannot write {file}: {error.strerror}"
        raise CommandEnded(AskOutcome(Exit.FAILED, problem)) from error
