"""`tek-cli gateway`."""

import re
from typing import Annotated

import typer

from tek_cli.commands import command_options
from tek_cli.commands.cli_command import CliCommand
from tek_cli.exit_codes import Exit, explain

_EPILOG = explain(Exit.OK, Exit.FAILED, Exit.USAGE, Exit.INTERRUPTED)

app = typer.Typer(rich_markup_mode=None, no_args_is_help=True, epilog=_EPILOG)


def _check_pattern(param: typer.CallbackParam, text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        message = f"{text!r} is not a regular expression: {error}"
        raise typer.BadParameter(message, param_hint=param.opts[0]) from error
    return text


@app.callback(add_help_option=False)
def root(*, show_help: command_options.Help = False) -> None:
    """Start, stop and inspect the gateway on this computer."""
    del show_help


@app.command(cls=CliCommand, epilog=_EPILOG)
def start(
    port: Annotated[
        int,
        typer.Option(
            "--port",
            metavar="PORT",
            callback=command_options.number_between(0, 65_535),
            help="Port to listen on; 0 chooses a free port.",
        ),
    ] = 3271,
) -> None:
    """Start the gateway if it is not running."""
    from tek_cli.actions.gateway_service import start_service  # noqa: PLC0415 - starts fast
    from tek_cli.actions.runner import run  # noqa: PLC0415 - starts fast

    raise typer.Exit(run(lambda: start_service(port)))


@app.command(cls=CliCommand, epilog=_EPILOG)
def stop() -> None:
    """Stop the gateway and wait until it has exited.

    Answers in progress are interrupted.
    """
    from tek_cli.actions.gateway_service import stop_service  # noqa: PLC0415 - starts fast
    from tek_cli.actions.runner import run  # noqa: PLC0415 - starts fast

    raise typer.Exit(run(stop_service))


@app.command(cls=CliCommand, epilog=_EPILOG)
def restart() -> None:
    """Restart the gateway on the same port.

    Clients reconnect by themselves.
    """
    from tek_cli.actions.gateway_service import restart_service  # noqa: PLC0415 - starts fast
    from tek_cli.actions.runner import run  # noqa: PLC0415 - starts fast

    raise typer.Exit(run(restart_service))


@app.command(cls=CliCommand, epilog=explain(Exit.OK, Exit.UNREACHABLE))
def status(*, as_json: command_options.Json = False) -> None:
    """Show whether the gateway is running.

    Always the gateway on this computer, whatever TEK_URL and the settings say.
    """
    from tek_cli.actions.gateway_status import show_local_status  # noqa: PLC0415 - starts fast
    from tek_cli.actions.runner import run  # noqa: PLC0415 - starts fast

    raise typer.Exit(run(lambda: show_local_status(as_json=as_json)))


@app.command(cls=CliCommand, epilog=_EPILOG)
def install(
    gateway_options: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="OPTION",
            show_default=False,
            help="Options for the gateway, after `--`; see `tek-gateway --help`.",
        ),
    ] = None,
) -> None:
    """Install the gateway as a service of this computer.

    Writes a systemd user unit (Linux) or a launchd agent (macOS) and prints the command that
    starts it. Without a service, a client starts the gateway when it needs one.
    """
    from tek_cli.actions.gateway_service import install_service  # noqa: PLC0415 - starts fast

    raise typer.Exit(install_service(gateway_options or []))


@app.command(cls=CliCommand, epilog=_EPILOG)
def logs(
    *,
    lines: Annotated[
        int,
        typer.Option(
            "-n",
            "--lines",
            metavar="NUMBER",
            callback=command_options.number_between(0, 1_000_000_000),
            help="Number of lines.",
        ),
    ] = 100,
    follow: Annotated[
        bool, typer.Option("-f", "--follow", help="Keep printing new lines until Ctrl+C.")
    ] = False,
    pattern: Annotated[
        str,
        typer.Option(
            "--filter",
            metavar="REGEX",
            show_default=False,
            callback=_check_pattern,
            help="Only lines that match this regular expression.",
        ),
    ] = "",
) -> None:
    """Show the last lines of the gateway's log."""
    from tek_cli.actions.gateway_log import print_log  # noqa: PLC0415 - starts fast

    raise typer.Exit(print_log(lines, follow=follow, pattern=pattern))
