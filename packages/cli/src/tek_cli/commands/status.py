"""`tek-cli status`."""

from typing import Annotated

import typer

from tek_cli.commands import command_options
from tek_cli.commands.cli_command import CliCommand
from tek_cli.exit_codes import Exit, explain

app = typer.Typer()


@app.command(cls=CliCommand, epilog=explain(Exit.OK, Exit.USAGE, Exit.UNREACHABLE))
def status(
    *,
    watch: Annotated[
        bool, typer.Option("-w", "--watch", help="Keep running and print every change.")
    ] = False,
    as_json: command_options.Json = False,
    url: command_options.UrlWithoutStart = None,
) -> None:
    """Show the gateway and whether it is reachable.

    It does not start a gateway.
    """
    from tek_cli.actions.gateway_status import show_status, watch_status  # noqa: PLC0415 - starts fast
    from tek_cli.actions.runner import run  # noqa: PLC0415 - starts fast

    action = watch_status if watch else show_status
    raise typer.Exit(run(lambda: action(url, as_json=as_json)))
