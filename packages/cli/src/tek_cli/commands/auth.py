"""`tek-cli auth`."""

import typer

from tek_cli.commands import command_options
from tek_cli.commands.cli_command import CliCommand
from tek_cli.exit_codes import Exit, explain

_EPILOG = explain(Exit.OK, Exit.FAILED, Exit.USAGE, Exit.INTERRUPTED)

app = typer.Typer(rich_markup_mode=None, no_args_is_help=True, epilog=_EPILOG)


@app.callback(add_help_option=False)
def root(*, show_help: command_options.Help = False) -> None:
    """Store, show and delete the token of a gateway.

    A token is sent only to the host it was stored for. TEK_TOKEN takes precedence.
    """
    del show_help


@app.command(cls=CliCommand, epilog=_EPILOG)
def login(*, url: command_options.UrlWithoutStart = None) -> None:
    """Store a token for the gateway.

    The token is read from the terminal without echo, or from standard input. It is stored in the
    keyring or, if there is none, in a file that only you can read.
    """
    from tek_cli.actions.runner import run_at_once  # noqa: PLC0415 - starts fast
    from tek_cli.actions.token_login import store_token  # noqa: PLC0415 - starts fast

    raise typer.Exit(run_at_once(lambda: store_token(url)))


@app.command(cls=CliCommand, epilog=_EPILOG)
def logout(*, url: command_options.UrlWithoutStart = None) -> None:
    """Delete the stored token of the gateway."""
    from tek_cli.actions.runner import run_at_once  # noqa: PLC0415 - starts fast
    from tek_cli.actions.token_login import delete_token  # noqa: PLC0415 - starts fast

    raise typer.Exit(run_at_once(lambda: delete_token(url)))


@app.command(cls=CliCommand, epilog=_EPILOG)
def status(
    *, as_json: command_options.Json = False, url: command_options.UrlWithoutStart = None
) -> None:
    """Show whether the gateway has a token.

    Exits with 1 if it has none.
    """
    from tek_cli.actions.runner import run_at_once  # noqa: PLC0415 - starts fast
    from tek_cli.actions.token_login import show_token_status  # noqa: PLC0415 - starts fast

    raise typer.Exit(run_at_once(lambda: show_token_status(url, as_json=as_json)))
