"""A connected client for commands that need an answer from the gateway."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from reconnect_core import Phase, RequestFailed
from tek_chat import Client, View
from tek_chat.setup import Setup
from tek_cli.actions.ask_outcome import AskOutcome, CommandEnded, blocked, lost, unreachable
from tek_cli.actions.await_view import until
from tek_cli.durations import say_duration
from tek_cli.exit_codes import Exit

WAIT = 10.0
"""Seconds to wait for the gateway by default."""


@asynccontextmanager
async def connected(
    setup: Setup, *, session_id: str = "", wait: float = WAIT
) -> AsyncGenerator[Client]:
    """Yield a client that is online and has no journal; raises `CommandEnded`.

    A request that fails inside the block raises `CommandEnded` as well.
    """
    async with setup.client(session_id=session_id, keeps=False) as client:
        await online(client, wait)
        try:
            yield client
        except RequestFailed as error:
            raise CommandEnded(AskOutcome(Exit.FAILED, str(error))) from error


async def online(client: Client, wait: float = WAIT) -> View:
    """Return the view once the client is online; raises `CommandEnded` after `wait` seconds."""
    try:
        async with asyncio.timeout(wait):
            view = await until(client, _is_decided)
    except TimeoutError as error:
        raise CommandEnded(unreachable(client.view, say_duration(wait))) from error
    if (ended := lost(view) or blocked(view)) is not None:
        raise CommandEnded(ended)
    return view


def _is_decided(view: View) -> bool:
    is_connected = view.connection.phase in {Phase.ONLINE, Phase.BLOCKED}
    return is_connected or lost(view) is not None
