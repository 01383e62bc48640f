"""The `gateway` commands that start and stop it: what `tek_chat` did, in lines and an exit code.

It must never start or signal a process itself.
"""

from collections.abc import Awaitable

import typer

from tek_chat.local_gateway import Done, restart_gateway, start_gateway, stop_gateway
from tek_cli.exits import Exit


async def start(port: int) -> Exit:
    """Start it at `port`, unless it runs somewhere already."""
    return await _told(start_gateway(port))


async def stop() -> Exit:
    """Stop it, and return once it has ended."""
    return await _told(stop_gateway())


async def restart() -> Exit:
    """Stop it if it runs, and start it where it was."""
    return await _told(restart_gateway(typer.echo))


async def _told(act: Awaitable[Done]) -> Exit:
    try:
        typer.echo(await act)
    except OSError as error:
        typer.echo(f"Error: {error}", err=True)
        return Exit.FAILED
    return Exit.OK
