"""`tek-cli config`."""

from typing import Annotated, TypeAlias

import typer

from tek_cli.commands import command_options
from tek_cli.commands.cli_command import CliCommand
from tek_cli.exit_codes import Exit, explain

_EPILOG = explain(Exit.OK, Exit.FAILED, Exit.USAGE)

app = typer.Typer(rich_markup_mode=None, no_args_is_help=True, epilog=_EPILOG)

Key: TypeAlias = Annotated[
    str,
    typer.Argument(
        metavar="KEY", help="Name of a setting in `config list`, such as reconnect.cap."
    ),
]


@app.callback(add_help_option=False)
def root(*, show_help: command_options.Help = False) -> None:
    """Show and change the settings.

    TEK_CONFIG selects another settings file.
    """
    del show_help


@app.command(name="get", cls=CliCommand, epilog=_EPILOG)
def get(key: Key) -> None:
    """Show the value of a setting.

    Exits with 1 if it has none.
    """
    from tek_cli.actions.runner import run_at_once  # noqa: PLC0415 - starts fast
    from tek_cli.actions.settings_file import get_setting  # noqa: PLC0415 - starts fast

    raise typer.Exit(run_at_once(lambda: get_setting(key)))


@app.command(name="set", cls=CliCommand, epilog=_EPILOG)
def set_(
    key: Key,
    value: Annotated[str, typer.Argument(metavar="VALUE", help="The new value, without quotes.")],
) -> None:
    """Change a setting.

    The rest of the file, including comments, stays as it is.
    """
    from tek_cli.actions.runner import run_at_once  # noqa: PLC0415 - starts fast
    from tek_cli.actions.settings_file import set_setting  # noqa: PLC0415 - starts fast

    raise typer.Exit(run_at_once(lambda: set_setting(key, value)))


@app.command(name="list", cls=CliCommand, epilog=_EPILOG)
def list_(*, as_json: command_options.Json = False) -> None:
    """Show all settings and their values."""
    from tek_cli.actions.runner import run_at_once  # noqa: PLC0415 - starts fast
    from tek_cli.actions.settings_file import list_settings  # noqa: PLC0415 - starts fast

    raise typer.Exit(run_at_once(lambda: list_settings(as_json=as_json)))


@app.command(cls=CliCommand, epilog=_EPILOG)
def path() -> None:
    """Show the path of the settings file."""
    from tek_chat.config.settings import settings_path  # noqa: PLC0415 - starts fast

    typer.echo(settings_path())


@app.command(cls=CliCommand, epilog=_EPILOG)
def edit() -> None:
    """Edit the settings with VISUAL or EDITOR.

    Invalid settings are not saved.
    """
    from tek_cli.actions.runner import run_at_once  # noqa: PLC0415 - starts fast
    from tek_cli.actions.settings_file import edit_settings  # noqa: PLC0415 - starts fast

    raise typer.Exit(run_at_once(edit_settings))
