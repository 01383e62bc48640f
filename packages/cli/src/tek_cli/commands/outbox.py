"""The `outbox` commands as the command line knows them. It must never do the work."""

from typing import Annotated

import typer

from tek_cli.commands import command_options
from tek_cli.durations import read_duration
from tek_cli.exit_codes import Exit, explain

_EPILOG = explain(Exit.OK, Exit.FAILED, Exit.USAGE)

app = typer.Typer(rich_markup_mode=None, no_args_is_help=True, epilog=_EPILOG)


@app.callback(add_help_option=False)
def root(*, show_help: command_options.Help = False) -> None:
    """Look after what was submitted and is not sent, of every gateway."""
    del show_help


@app.command(name="list", epilog=_EPILOG)
def list_(*, as_json: command_options.Json = False, url: command_options.OnlyUrl = None) -> None:
    """List what is kept and not sent, oldest first."""
    from tek_cli.actions.runner import run  # noqa: PLC0415 - starts fast
    from tek_cli.actions.unsent_messages import listed  # noqa: PLC0415 - starts fast

    raise typer.Exit(run(lambda: listed(url, as_json=as_json)))


@app.command(
    short_help="Send what waits, and wait for the answers.",
    epilog=explain(
        Exit.OK, Exit.FAILED, Exit.USAGE, Exit.UNREACHABLE, Exit.REFUSED, Exit.INCOMPATIBLE
    ),
)
def flush(*, url: command_options.OnlyUrl = None, wait: command_options.Wait = "30s") -> None:
    """Send what waits to its gateways, and return once it is answered.

    What is uncertain or has failed stays: a chat sends it again on your word.
    """
    from tek_cli.actions.runner import run  # noqa: PLC0415 - starts fast
    from tek_cli.actions.unsent_messages import flushed  # noqa: PLC0415 - starts fast

    raise typer.Exit(run(lambda: flushed(url, read_duration(wait))))


@app.command(short_help="Forget messages, never to be sent.", epilog=_EPILOG)
def drop(
    ids: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[ID…]", show_default=False, help="As `outbox list` names them; all without."
        ),
    ] = None,
    *,
    yes: command_options.Yes = False,
    url: command_options.OnlyUrl = None,
) -> None:
    """Forget messages, never to be sent; what a running chat has stays.

    A terminal is asked first; elsewhere it takes --yes.
    """
    from tek_cli.actions.runner import run  # noqa: PLC0415 - starts fast
    from tek_cli.actions.unsent_messages import dropped  # noqa: PLC0415 - starts fast

    raise typer.Exit(run(lambda: dropped(url, ids or [], is_sure=yes)))
