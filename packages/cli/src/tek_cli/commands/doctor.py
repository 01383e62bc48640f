"""`tek-cli doctor`."""

import typer

from tek_cli.commands import command_options
from tek_cli.commands.cli_command import CliCommand
from tek_cli.exit_codes import Exit, explain

app = typer.Typer()

_EPILOG = explain(
    Exit.OK,
    Exit.FAILED,
    Exit.USAGE,
    Exit.UNREACHABLE,
    Exit.REFUSED,
    Exit.INCOMPATIBLE,
    failed="the gateway does not answer a message",
)


@app.command(cls=CliCommand, epilog=_EPILOG)
def doctor(
    *, as_json: command_options.Json = False, url: command_options.UrlWithoutStart = None
) -> None:
    """Check the connection step by step and suggest fixes.

    The steps are the settings, the address, DNS, TCP, TLS, HTTP, the subprotocol, the token and the
    response time: one line each. It does not start a gateway.
    """
    from tek_cli.actions.check_report import print_checks  # noqa: PLC0415 - starts fast
    from tek_cli.actions.runner import run  # noqa: PLC0415 - starts fast

    raise typer.Exit(run(lambda: print_checks(url, as_json=as_json)))
