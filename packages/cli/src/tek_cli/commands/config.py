"""The `config` commands as the command line knows them. It must never do the work."""

from typing import Annotated, TypeAlias

import typer

from tek_cli.commands import command_options
from tek_cli.exit_codes import Exit, explain

_EPILOG = explain(Exit.OK, Exit.FAILED, Exit.USAGE)

app = typer.Typer(rich_markup_mode=None, no_args_is_help=True, epilog=_EPILOG)

Key: TypeAlias = Annotated[
    str, typer.Argument(metavar="KEY", help="A setting as `config list` names it: reconnect.cap.")
]


@app.callback(add_help_option=False)
def root(*, show_help: command_options.Help = False) -> None:
    """Look at the settings and change them; TEK_CONFIG names another file."""
    del show_help


@app.command(name="get", epilog=explain(Exit.OK, Exit.FAILED, Exit.USAGE))
def get(key: Key) -> None:
    """Show the value of a setting; code 1 if it has none."""
    from tek_cli.actions.runner import run_at_once  # noqa: PLC0415 - starts fast
    from tek_cli.actions.settings_file import got  # noqa: PLC0415 - starts fast

    raise typer.Exit(run_at_once(lambda: got(key)))


@app.command(name="set", epilog=_EPILOG)
def set_(
    key: Key,
    value: Annotated[str, typer.Argument(metavar="VALUE", help="Its new value, without quotes.")],
) -> None:
    """Change a setting; what else the file says, and its comments, stay."""
    from tek_cli.actions.runner import run_at_once  # noqa: PLC0415 - starts fast
    from tek_cli.actions.settings_file import put  # noqa: PLC0415 - starts fast

    raise typer.Exit(run_at_once(lambda: put(key, value)))


@app.command(name="list", epilog=_EPILOG)
def list_(*, as_json: command_options.Json = False) -> None:
    """Show every setting with its value."""
    from tek_cli.actions.runner import run_at_once  # noqa: PLC0415 - starts fast
    from tek_cli.actions.settings_file import listed  # noqa: PLC0415 - starts fast

    raise typer.Exit(run_at_once(lambda: listed(as_json=as_json)))


@app.command(epilog=_EPILOG)
def path() -> None:
    """Show where the settings are."""
    from tek_chat.config.settings import settings_path  # noqa: PLC0415 - starts fast

    typer.echo(settings_path())


@app.command(short_help="Edit the settings with VISUAL or EDITOR.", epilog=_EPILOG)
def edit() -> None:
    """Edit the settings with VISUAL or EDITOR; they are checked before they are put in place."""
    from tek_cli.actions.runner import run_at_once  # noqa: PLC0415 - starts fast
    from tek_cli.actions.settings_file import edited  # noqa: PLC0415 - starts fast

    raise typer.Exit(run_at_once(edited))
