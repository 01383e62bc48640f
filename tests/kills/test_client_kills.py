"""A client that is killed at any point of a message's way, and started again, goes on with it."""

import signal
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from random import Random

import pytest

from tek_testing.checkers.checker import check
from tek_testing.checkers.pictures import Picture, Watcher
from tek_testing.checkers.witness import picture_of
from tek_testing.clients.chat_clients import AGAIN, ClientProcess
from tek_testing.clients.screen_client import screen_of
from tek_testing.clients.typist import Typist
from tek_testing.gateway.gateway_process import GatewayProcess

INSIDE = [
    f"{name}:{number}" for number in (2, 3, 5, 8) for name in ("before-commit", "after-commit")
]
"""Around the commits of the journal; the first one is the reading at the start."""

TOLD = ["queued", "sent", "accepted", "chat.stream.start", "chat.stream.delta", "chat.message"]
"""What the client has just told of, or the type of what it has just been told."""


def at_random(seed: int, times: int) -> list[str]:
    """Return so many deaths, the same ones for the same seed."""
    chance = Random(seed)  # noqa: S311 - it is to be foreseen
    return chance.choices([*INSIDE, *TOLD], k=times)


async def heard(client: ClientProcess, event: str) -> None:
    """Return when the client tells of `event`."""
    await (client.heard(event) if "." in event else client.next(event))


async def die(death: str, typist: Typist, client: ClientProcess, kills: Counter[str]) -> None:
    """Start the client, type, and have it die that death."""
    await client.start(crash_at=death if death in INSIDE else "")
    for _ in range(3):
        typist.type(client.kind, client)
    if death in TOLD:
        await heard(client, death)
        client.strike()
    assert await client.gone() == -signal.SIGKILL
    kills[client.kind] += 1


async def check_all(typist: Typist, client: ClientProcess, gateway: GatewayProcess) -> None:
    """Start the client for good, wait until all is answered, and look at it from every side."""
    await client.start()
    last = typist.type(client.kind, client)
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


@pytest.fixture
async def client(kind: str, gateway: GatewayProcess) -> AsyncIterator[ClientProcess]:
    """Yield a client that goes on where it was, not yet started."""
    process = ClientProcess(kind, gateway.url, options=AGAIN[kind])
    try:
        yield process
    finally:
        await process.close()


async def live_through(
    deaths: Sequence[str], client: ClientProcess, gateway: GatewayProcess, kills: Counter[str]
) -> None:
    """Type at a client that dies one death after the other, and check what came of it."""
    typist = Typist(seed=len(deaths))
    await gateway.start()
    for death in deaths:
        await die(death, typist, client, kills)
    await check_all(typist, client, gateway)


@pytest.mark.parametrize("deaths", [INSIDE[2:6], TOLD[:3] + TOLD[4:5]], ids=["inside", "told"])
async def test_a_client_may_die_anywhere(
    deaths: Sequence[str], client: ClientProcess, gateway: GatewayProcess, kills: Counter[str]
) -> None:
    await live_through(deaths, client, gateway, kills)


async def test_client_and_gateway_may_die_together(
    client: ClientProcess, gateway: GatewayProcess, kills: Counter[str]
) -> None:
    typist = Typist(seed=3)
    for point, death in (("after-commit:3", "sent"), ("mid-turn:4", "accepted")):
        await gateway.start(crash_at=point)
        await die(death, typist, client, kills)
        await gateway.kill()
        kills["gateway"] += 1
    await gateway.start()
    await check_all(typist, client, gateway)


async def test_what_is_typed_while_the_gateway_is_away_outlives_the_client(
    client: ClientProcess, gateway: GatewayProcess, kills: Counter[str]
) -> None:
    typist = Typist(seed=4)
    for _ in range(2):
        await die("queued", typist, client, kills)
    await gateway.start()
    await check_all(typist, client, gateway)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
async def test_a_client_may_die_anywhere_again_and_again(
    seed: int, client: ClientProcess, gateway: GatewayProcess, kills: Counter[str]
) -> None:
    await live_through(at_random(seed, 10), client, gateway, kills)
