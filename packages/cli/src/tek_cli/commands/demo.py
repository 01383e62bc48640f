"""`tek-cli demo`."""

import typer

from tek_cli.commands.cli_command import CliCommand
from tek_cli.exit_codes import Exit, explain

app = typer.Typer()

_EPILOG = explain(Exit.OK, Exit.FAILED, Exit.INTERRUPTED, failed="something was lost or duplicated")


@app.command(cls=CliCommand, epilog=_EPILOG)
def demo() -> None:
    """Watch the client survive a gateway crash.

    Starts a gateway of its own in a temporary folder, kills it in the middle of an answer and
    starts it again. Takes about ten seconds. Succeeds only if the session is the same afterwards
    and nothing was lost or duplicated.
    """
    from tek_cli.actions.runner import run  # noqa: PLC0415 - starts fast
    from tek_cli.demo.run_demo import run_demo  # noqa: PLC0415 - starts fast

    raise typer.Exit(run(run_demo))
