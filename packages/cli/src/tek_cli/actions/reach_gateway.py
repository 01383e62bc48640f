"""A gateway that a command needs an answer from. It must never wait for longer than it was told."""

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
"""Seconds that a gateway may be away, unless the user says otherwise."""


@asynccontextmanager
async def reached(
    setup: Setup, *, session_id: str = "", wait: float = WAIT
) -> AsyncGenerator[Client]:
    """Yield a client that is online and keeps nothing; raises `CommandEnded`.

    What the gateway does not do, inside of it, is the end as well.
    """
    async with setup.client(session_id=session_id, keeps=False) as client:
        await online(client, wait)
        try:
            yield client
        except RequestFailed as error:
            raise CommandEnded(AskOutcome(Exit.FAILED, str(error))) from error


async def online(client: Client, wait: float = WAIT) -> View:
    """Return the view once its session is there and read; raises `CommandEnded`."""
    try:
        async with asyncio.timeout(wait):
            view = await until(client, _is_over)
    except TimeoutError as error:
        raise CommandEnded(unreachable(client.view, say_duration(wait))) from error
    if (ended := lost(view) or blocked(view)) is not None:
        raise CommandEnded(ended)
    return view


def _is_over(view: View) -> bool:
    is_met = view.connection.phase in {Phase.ONLINE, Phase.BLOCKED}
    return is_met or lost(view) is not None
