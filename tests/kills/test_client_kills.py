"""A client that is killed at any point of a message's way, and started again, goes on with it."""

import signal
from collections import Counter
from collections.abc import Sequence

import pytest

from checker import check
from clients import AGAIN, ClientProcess
from pictures import Picture, Watcher
from screen import screen_of
from tek_gateway.testing import GatewayProcess
from typist import Typist
from witness import picture_of

POINTS = [
    *(f"before-commit:{number}" for number in (2, 3, 5, 8)),
    *(f"after-commit:{number}" for number in (2, 3, 5, 8)),
]
"""Around the commits of the journal; the first one is the reading at the start."""

EVENTS = ["queued", "sent", "accepted", "chat.stream.start", "chat.stream.delta", "chat.message"]
"""What the client has just told of, and the types of what it has just been told."""


async def heard(client: ClientProcess, event: str) -> None:
    """Return when the client tells of `event`."""
    await (client.heard(event) if "." in event else client.next(event))


async def live_through(
    deaths: Sequence[str], client: ClientProcess, gateway: GatewayProcess, kills: Counter[str]
) -> None:
    """Type at a client that dies one death after the other, and check what came of it."""
    typist = Typist(seed=len(deaths))
    await gateway.start()
    for death in deaths:
        is_inside = death not in EVENTS
        await client.start(crash_at=death if is_inside else "")
        for _ in range(3):
            typist.type(client.kind, client)
        if not is_inside:
            await heard(client, death)
            client.strike()
        assert await client.gone() == -signal.SIGKILL
        kills[client.kind] += 1
    await client.start()
    typist.type(client.kind, client)
    await check_all(typist, client, gateway)


async def check_all(typist: Typist, client: ClientProcess, gateway: GatewayProcess) -> None:
    """Wait until all is answered, and look at it from every side."""
    last = typist.typed[-1][1]
    while (queued := await client.next("queued")).message["content"] != last:
        """It is one of those that an earlier run has left."""
    await client.ended(queued.id)
    client.end_input()
    assert await client.gone() == 0
    session_id = next(each.session_id for each in reversed(client.lines) if each.session_id)
    log = await picture_of(gateway.url, session_id)
    await gateway.kill()
    typed = typist.messages(**{client.kind: client})
    pictures = [log, await screen_of(client, typed), traced(client)]
    assert str(check(typed, pictures)) == "nothing"


def traced(client: ClientProcess) -> Picture:
    """Return what the client has told, over all of its runs."""
    watcher = Watcher(f"the trace of {client.kind}")
    for run in client.runs:
        watcher.restarted()
        watcher.take_all(run)
    return watcher.picture


@pytest.mark.parametrize("deaths", [POINTS[::2], POINTS[1::2], EVENTS], ids=str)
async def test_a_client_may_die_anywhere(
    kind: str, deaths: Sequence[str], gateway: GatewayProcess, kills: Counter[str]
) -> None:
    client = ClientProcess(kind, gateway.url, options=AGAIN[kind])
    try:
        await live_through(deaths, client, gateway, kills)
    finally:
        await client.close()
