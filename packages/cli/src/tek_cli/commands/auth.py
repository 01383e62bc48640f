"""The `auth` commands as the command line knows them. It must never do the work."""

import typer

from tek_cli.commands import command_options
from tek_cli.exit_codes import Exit, explain

_EPILOG = explain(Exit.OK, Exit.FAILED, Exit.USAGE, Exit.INTERRUPTED)

app = typer.Typer(rich_markup_mode=None, no_args_is_help=True, epilog=_EPILOG)


@app.callback(add_help_option=False)
def root(*, show_help: command_options.Help = False) -> None:
    """Log in to a gateway and out of it.

    A token belongs to one host and goes to no other. TEK_TOKEN comes before what is kept.
    """
    del show_help


@app.command(short_help="Keep a token for the gateway.", epilog=_EPILOG)
def login(*, url: command_options.UrlToLookAt = None) -> None:
    """Keep a token for the gateway: in the keyring, or in a file for your eyes only without one.

    It is typed, or read from standard input, and never shown.
    """
    from tek_cli.actions.runner import run_at_once  # noqa: PLC0415 - starts fast
    from tek_cli.actions.token_login import login as command  # noqa: PLC0415 - starts fast

    raise typer.Exit(run_at_once(lambda: command(url)))


@app.command(epilog=_EPILOG)
def logout(*, url: command_options.UrlToLookAt = None) -> None:
    """Forget the token for the gateway."""
    from tek_cli.actions.runner import run_at_once  # noqa: PLC0415 - starts fast
    from tek_cli.actions.token_login import logout as command  # noqa: PLC0415 - starts fast

    raise typer.Exit(run_at_once(lambda: command(url)))


@app.command(epilog=_EPILOG)
def status(
    *, as_json: command_options.Json = False, url: command_options.UrlToLookAt = None
) -> None:
    """Tell whether there is a token for the gateway, and where; code 1 if there is none."""
    from tek_cli.actions.runner import run_at_once  # noqa: PLC0415 - starts fast
    from tek_cli.actions.token_login import status as command  # noqa: PLC0415 - starts fast

    raise typer.Exit(run_at_once(lambda: command(url, as_json=as_json)))
