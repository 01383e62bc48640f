"""The `sessions` commands as the command line knows them. It must never do the work."""

from typing import Annotated

import typer

from tek_cli.commands import command_options
from tek_cli.durations import read_duration
from tek_cli.exit_codes import Exit, explain

_EPILOG = explain(
    Exit.OK, Exit.FAILED, Exit.USAGE, Exit.UNREACHABLE, Exit.REFUSED, Exit.INCOMPATIBLE
)
_EPILOG_OF_ONE = explain(
    Exit.OK,
    Exit.FAILED,
    Exit.USAGE,
    Exit.UNREACHABLE,
    Exit.REFUSED,
    Exit.INCOMPATIBLE,
    Exit.SESSION_LOST,
)

app = typer.Typer(rich_markup_mode=None, no_args_is_help=True, epilog=_EPILOG_OF_ONE)


@app.callback(add_help_option=False)
def root(*, show_help: command_options.Help = False) -> None:
    """List, show, rename, export and remove a gateway's sessions.

    A session is named by its ID, or by as much of its beginning as no other shares.
    """
    del show_help


@app.command(name="list", epilog=_EPILOG)
def list_(
    *,
    as_json: command_options.Json = False,
    url: command_options.UrlToLookAt = None,
    wait: command_options.Wait = "10s",
) -> None:
    """List the sessions, newest first."""
    from tek_cli.actions.runner import run  # noqa: PLC0415 - starts fast
    from tek_cli.actions.session_admin import Where, listed  # noqa: PLC0415 - starts fast

    raise typer.Exit(run(lambda: listed(Where(url, read_duration(wait)), as_json=as_json)))


@app.command(epilog=_EPILOG_OF_ONE)
def show(
    session: command_options.SessionName,
    *,
    as_json: command_options.Json = False,
    url: command_options.UrlToLookAt = None,
    wait: command_options.Wait = "10s",
) -> None:
    """Show what was said in a session, as Markdown."""
    from tek_cli.actions.runner import run  # noqa: PLC0415 - starts fast
    from tek_cli.actions.session_admin import Where, shown  # noqa: PLC0415 - starts fast

    raise typer.Exit(run(lambda: shown(Where(url, read_duration(wait)), session, as_json=as_json)))


@app.command(epilog=_EPILOG_OF_ONE)
def rename(
    session: command_options.SessionName,
    title: Annotated[str, typer.Argument(metavar="TITLE", help="The new title; '' takes it away.")],
    *,
    url: command_options.UrlToLookAt = None,
    wait: command_options.Wait = "10s",
) -> None:
    """Give a session a title."""
    from tek_cli.actions.runner import run  # noqa: PLC0415 - starts fast
    from tek_cli.actions.session_admin import Where, renamed  # noqa: PLC0415 - starts fast

    raise typer.Exit(run(lambda: renamed(Where(url, read_duration(wait)), session, title)))


@app.command(short_help="Write a session as Markdown or JSON.", epilog=_EPILOG_OF_ONE)
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
            help="Without it, what FILE's name ends in, or Markdown.",
        ),
    ] = None,
    url: command_options.UrlToLookAt = None,
    wait: command_options.Wait = "10s",
) -> None:
    """Write a session as Markdown or JSON, to standard output or into a file."""
    from tek_cli.actions.runner import run  # noqa: PLC0415 - starts fast
    from tek_cli.actions.session_admin import Where, exported  # noqa: PLC0415 - starts fast

    where = Where(url, read_duration(wait))
    raise typer.Exit(run(lambda: exported(where, session, form, file)))


@app.command(short_help="Delete sessions with all that was said there.", epilog=_EPILOG_OF_ONE)
def rm(
    sessions: Annotated[
        list[str],
        typer.Argument(metavar="SESSION…", help="Their IDs, or the beginnings of them."),
    ],
    *,
    yes: command_options.Yes = False,
    url: command_options.UrlToLookAt = None,
    wait: command_options.Wait = "10s",
) -> None:
    """Delete sessions with all that was said there, here and at the gateway.

    A terminal is asked first; elsewhere it takes --yes.
    """
    from tek_cli.actions.runner import run  # noqa: PLC0415 - starts fast
    from tek_cli.actions.session_admin import Where, removed  # noqa: PLC0415 - starts fast

    raise typer.Exit(run(lambda: removed(Where(url, read_duration(wait)), sessions, is_sure=yes)))
