"""`tek-cli outbox`."""

from typing import Annotated

import typer

from tek_cli.commands import command_options
from tek_cli.commands.cli_command import CliCommand
from tek_cli.durations import read_duration
from tek_cli.exit_codes import Exit, explain

_EPILOG = explain(Exit.OK, Exit.FAILED, Exit.USAGE)

app = typer.Typer(rich_markup_mode=None, no_args_is_help=True, epilog=_EPILOG)


@app.callback(add_help_option=False)
def root(*, show_help: command_options.Help = False) -> None:
    """Show, send or discard unsent messages."""
    del show_help


@app.command(name="list", cls=CliCommand, epilog=_EPILOG)
def list_(*, as_json: command_options.Json = False, url: command_options.OnlyUrl = None) -> None:
    """List unsent messages, oldest first."""
    from tek_cli.actions.runner import run  # noqa: PLC0415 - starts fast
    from tek_cli.actions.unsent_messages import list_outbox  # noqa: PLC0415 - starts fast

    raise typer.Exit(run(lambda: list_outbox(url, as_json=as_json)))


@app.command(
    cls=CliCommand,
    epilog=explain(
        Exit.OK, Exit.FAILED, Exit.USAGE, Exit.UNREACHABLE, Exit.REFUSED, Exit.INCOMPATIBLE
    ),
)
def flush(*, url: command_options.OnlyUrl = None, wait: command_options.Wait = "30s") -> None:
    """Send queued messages and wait for the answers.

    Uncertain and failed messages stay in the outbox: use /retry in a chat to send them again.
    """
    from tek_cli.actions.runner import run  # noqa: PLC0415 - starts fast
    from tek_cli.actions.unsent_messages import flush_outbox  # noqa: PLC0415 - starts fast

    raise typer.Exit(run(lambda: flush_outbox(url, read_duration(wait))))


@app.command(cls=CliCommand, epilog=_EPILOG)
def drop(
    ids: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="ID", show_default=False, help="Message IDs in `outbox list`. Default: all."
        ),
    ] = None,
    *,
    yes: command_options.Yes = False,
    url: command_options.OnlyUrl = None,
) -> None:
    """Discard unsent messages (not those of a running chat).

    Asks for confirmation on a terminal; elsewhere --yes is required.
    """
    from tek_cli.actions.runner import run  # noqa: PLC0415 - starts fast
    from tek_cli.actions.unsent_messages import drop_messages  # noqa: PLC0415 - starts fast

    raise typer.Exit(run(lambda: drop_messages(url, ids or [], is_sure=yes)))
