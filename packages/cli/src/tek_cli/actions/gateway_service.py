"""The `gateway` commands that start, stop and install it, in lines and an exit code.

It must never start or signal a process itself.
"""

from collections.abc import Awaitable, Sequence

import typer

from tek_chat.local.control import ControlResult, restart_gateway, start_gateway, stop_gateway
from tek_cli.exit_codes import Exit
from tek_gateway.command_line import read_options
from tek_gateway.errors import CannotStart
from tek_gateway.host.service import install as write_service


async def start(port: int) -> Exit:
    """Start it at `port`, unless it runs somewhere already."""
    return await _told(start_gateway(port))


async def stop() -> Exit:
    """Stop it, and return once it has ended."""
    return await _told(stop_gateway())


async def restart() -> Exit:
    """Stop it if it runs, and start it where it was."""
    return await _told(restart_gateway(typer.echo))


def install(options: Sequence[str]) -> Exit:
    """Write the service that keeps a gateway with `options` running, and tell how to begin.

    A mistake in `options` ends the process with code 2 and one line.
    """
    read_options(options)
    try:
        file, begin = write_service(options)
    except CannotStart as error:
        return _failed(error)
    typer.echo(f"Written: {file}\nBegin with: {begin}")
    return Exit.OK


async def _told(act: Awaitable[ControlResult]) -> Exit:
    try:
        typer.echo(await act)
    except OSError as error:
        return _failed(error)
    return Exit.OK


def _failed(error: Exception) -> Exit:
    typer.echo(f"Error: {error}", err=True)
    return Exit.FAILED
