"""`tek-cli sessions`."""

from typing import Annotated

import typer

from tek_cli.commands import command_options
from tek_cli.commands.cli_command import CliCommand
from tek_cli.durations import read_duration
from tek_cli.exit_codes import Exit, explain

_EPILOG = explain(
    Exit.OK, Exit.FAILED, Exit.USAGE, Exit.UNREACHABLE, Exit.REFUSED, Exit.INCOMPATIBLE
)
_EPILOG_WITH_SESSION = explain(
    Exit.OK,
    Exit.FAILED,
    Exit.USAGE,
    Exit.UNREACHABLE,
    Exit.REFUSED,
    Exit.INCOMPATIBLE,
    Exit.SESSION_LOST,
)

app = typer.Typer(rich_markup_mode=None, no_args_is_help=True, epilog=_EPILOG_WITH_SESSION)


@app.callback(add_help_option=False)
def root(*, show_help: command_options.Help = False) -> None:
    """List, show, rename, export and delete sessions."""
    del show_help


@app.command(name="list", cls=CliCommand, epilog=_EPILOG)
def list_(
    *,
    as_json: command_options.Json = False,
    url: command_options.UrlWithoutStart = None,
    wait: command_options.Wait = "10s",
) -> None:
    """List the sessions, newest first."""
    from tek_cli.actions.runner import run  # noqa: PLC0415 - starts fast
    from tek_cli.actions.session_admin import SessionTarget, list_sessions  # noqa: PLC0415 - starts fast

    raise typer.Exit(
        run(lambda: list_sessions(SessionTarget(url, read_duration(wait)), as_json=as_json))
    )


@app.command(cls=CliCommand, epilog=_EPILOG_WITH_SESSION)
def show(
    session: command_options.SessionName,
    *,
    as_json: command_options.Json = False,
    url: command_options.UrlWithoutStart = None,
    wait: command_options.Wait = "10s",
) -> None:
    """Show the messages of a session as Markdown."""
    from tek_cli.actions.runner import run  # noqa: PLC0415 - starts fast
    from tek_cli.actions.session_admin import SessionTarget, show_session  # noqa: PLC0415 - starts fast

    raise typer.Exit(
        run(lambda: show_session(SessionTarget(url, read_duration(wait)), session, as_json=as_json))
    )


@app.command(cls=CliCommand, epilog=_EPILOG_WITH_SESSION)
def rename(
    session: command_options.SessionName,
    title: Annotated[str, typer.Argument(metavar="TITLE", help="The new title; '' removes it.")],
    *,
    url: command_options.UrlWithoutStart = None,
    wait: command_options.Wait = "10s",
) -> None:
    """Change the title of a session."""
    from tek_cli.actions.runner import run  # noqa: PLC0415 - starts fast
    from tek_cli.actions.session_admin import SessionTarget, rename_session  # noqa: PLC0415 - starts fast

    raise typer.Exit(
        run(lambda: rename_session(SessionTarget(url, read_duration(wait)), session, title))
    )


@app.command(cls=CliCommand, epilog=_EPILOG_WITH_SESSION)
def export(
    session: command_options.SessionName,
    *,
    file: command_options.OutputFile = None,
    form: Annotated[
        str | None,
        typer.Option(
            "-f",
            "--format",
            metavar="markdown|json",
            callback=command_options.one_of("markdown", "json"),
            help="Default: by the extension of FILE, else markdown.",
        ),
    ] = None,
    url: command_options.UrlWithoutStart = None,
    wait: command_options.Wait = "10s",
) -> None:
    """Export a session as Markdown or JSON."""
    from tek_cli.actions.runner import run  # noqa: PLC0415 - starts fast
    from tek_cli.actions.session_admin import SessionTarget, export_session  # noqa: PLC0415 - starts fast

    target = SessionTarget(url, read_duration(wait))
    raise typer.Exit(run(lambda: export_session(target, session, form, file)))


@app.command(cls=CliCommand, epilog=_EPILOG_WITH_SESSION)
def rm(
    sessions: Annotated[
        list[str],
        typer.Argument(metavar="SESSION", help="Session IDs, or unique prefixes."),
    ],
    *,
    yes: command_options.Yes = False,
    url: command_options.UrlWithoutStart = None,
    wait: command_options.Wait = "10s",
) -> None:
    """Delete sessions here and on the gateway.

    Asks for confirmation on a terminal; elsewhere --yes is required.
    """
    from tek_cli.actions.runner import run  # noqa: PLC0415 - starts fast
    from tek_cli.actions.session_admin import SessionTarget, delete_sessions  # noqa: PLC0415 - starts fast

    raise typer.Exit(
        run(lambda: delete_sessions(SessionTarget(url, read_duration(wait)), sessions, is_sure=yes))
    )
