"""The `gateway` commands as the command line knows them. It must never do the work."""

import re
from typing import Annotated

import typer

from tek_cli.commands import command_options
from tek_cli.exit_codes import Exit, explain

_EPILOG = explain(Exit.OK, Exit.FAILED, Exit.USAGE, Exit.INTERRUPTED)

app = typer.Typer(
    rich_markup_mode=None,
    no_args_is_help=True,
    epilog=_EPILOG,
)


def _searchable(param: typer.CallbackParam, text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        message = f"{text!r} is no regular expression: {error}"
        raise typer.BadParameter(message, param_hint=param.opts[0]) from error
    return text


@app.callback(add_help_option=False)
def root(*, show_help: command_options.Help = False) -> None:
    """Start, stop and look after this machine's own gateway."""
    del show_help


@app.command(epilog=_EPILOG)
def start(
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="Where to listen; 0: a free port.")
    ] = 3271,
) -> None:
    """Start the gateway, unless it runs already."""
    from tek_cli.actions.gateway_service import start as command  # noqa: PLC0415 - starts fast
    from tek_cli.actions.runner import run  # noqa: PLC0415 - starts fast

    raise typer.Exit(run(lambda: command(port)))


@app.command(short_help="Stop the gateway and wait for its end.", epilog=_EPILOG)
def stop() -> None:
    """Stop the gateway and wait until it has ended; answers under way are broken off."""
    from tek_cli.actions.gateway_service import stop as command  # noqa: PLC0415 - starts fast
    from tek_cli.actions.runner import run  # noqa: PLC0415 - starts fast

    raise typer.Exit(run(command))


@app.command(short_help="Stop the gateway and start it on the same port.", epilog=_EPILOG)
def restart() -> None:
    """Stop the gateway and start it on the same port; clients come back by themselves."""
    from tek_cli.actions.gateway_service import restart as command  # noqa: PLC0415 - starts fast
    from tek_cli.actions.runner import run  # noqa: PLC0415 - starts fast

    raise typer.Exit(run(command))


@app.command(short_help="Tell whether the gateway runs.", epilog=explain(Exit.OK, Exit.UNREACHABLE))
def status(*, as_json: command_options.Json = False) -> None:
    """Tell whether this machine's gateway runs, whatever the settings say."""
    from tek_cli.actions.gateway_status import local_status  # noqa: PLC0415 - starts fast
    from tek_cli.actions.runner import run  # noqa: PLC0415 - starts fast

    raise typer.Exit(run(lambda: local_status(as_json=as_json)))


@app.command(short_help="Have the system keep the gateway running.", epilog=_EPILOG)
def install(
    gateway_options: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="OPTION",
            show_default=False,
            help="Options of the gateway's own, after a --; see tek-gateway --help.",
        ),
    ] = None,
) -> None:
    """Write a systemd user unit (Linux) or a launchd agent (macOS), and tell how to begin.

    Nothing is started. Without it, the gateway starts when a client needs it.
    """
    from tek_cli.actions.gateway_service import install as command  # noqa: PLC0415 - starts fast

    raise typer.Exit(command(gateway_options or []))


@app.command(epilog=_EPILOG)
def logs(
    *,
    lines: Annotated[int, typer.Option("-n", "--lines", min=0, help="How many lines.")] = 100,
    follow: Annotated[
        bool, typer.Option("-f", "--follow", help="Go on with what is logged, until Ctrl+C.")
    ] = False,
    pattern: Annotated[
        str,
        typer.Option(
            "--filter",
            metavar="REGEX",
            show_default=False,
            callback=_searchable,
            help="Only lines in which this regular expression is found.",
        ),
    ] = "",
) -> None:
    """Show the last lines of the gateway's log."""
    from tek_cli.actions.gateway_log import logs as command  # noqa: PLC0415 - starts fast

    raise typer.Exit(command(lines, follow=follow, pattern=pattern))
