"""`tek-cli gateway start|stop|restart|install`; the processes are `tek_chat.local.control`'s."""

from collections.abc import Awaitable, Sequence

import typer

from tek_chat.local.control import ControlResult, restart_gateway, start_gateway, stop_gateway
from tek_cli.exit_codes import Exit
from tek_gateway.command_line import read_options
from tek_gateway.errors import CannotStart
from tek_gateway.host.service import install


async def start_service(port: int) -> Exit:
    """Start the gateway on `port` if it is not running."""
    return await _report(start_gateway(port))


async def stop_service() -> Exit:
    """Stop the gateway; returns once it has exited."""
    return await _report(stop_gateway())


async def restart_service() -> Exit:
    """Stop the gateway if it is running, and start it on the same port."""
    return await _report(restart_gateway(typer.echo))


def install_service(options: Sequence[str]) -> Exit:
    """Write a system service that runs a gateway with `options`, and print how to start it.

    Invalid `options` end the process with code 2 and one line.
    """
    read_options(options)
    try:
        file, start_command = install(options)
    except CannotStart as error:
        return _failed(error)
    typer.echo(f"Written: {file}\nStart it with: {start_command}")
    return Exit.OK


async def _report(action: Awaitable[ControlResult]) -> Exit:
    try:
        typer.echo(await action)
    except OSError as error:
        return _failed(error)
    return Exit.OK


def _failed(error: Exception) -> Exit:
    typer.echo(f"Error: {error}", err=True)
    return Exit.FAILED
