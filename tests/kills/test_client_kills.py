"""A client that is killed at any point of a message's way goes on with it when started again."""

import asyncio
import signal
from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, asynccontextmanager
from random import Random

import pytest

from tek_testing.checkers.checker import check
from tek_testing.checkers.recorded_session import recorded_session
from tek_testing.checkers.shown_session import ShownSession, TraceReader
from tek_testing.clients.chat_clients import AGAIN, ClientProcess
from tek_testing.clients.each_client import run_for_each
from tek_testing.clients.screen_client import screen_of
from tek_testing.clients.typing_user import TypingUser
from tek_testing.gateway.gateway_process import GatewayProcess

INSIDE = [
    f"{name}:{number}" for number in (2, 3, 5, 8) for name in ("before-commit", "after-commit")
]
"""Around the commits of the journal, from the second: the first one is made when it opens."""

REPORTED = ["queued", "sent", "accepted", "chat.stream.start", "chat.stream.delta", "chat.message"]
"""An event that the client has traced, or the type of a message that it has received."""

GATEWAY_LIMIT = 20.0
"""Seconds, scaled, in which the gateway reaches its crash point."""


def at_random(seed: int, times: int) -> list[str]:
    """Return random deaths that depend on `seed` alone."""
    chance = Random(seed)  # noqa: S311 - it has to be reproducible
    return chance.choices([*INSIDE, *REPORTED], k=times)


@asynccontextmanager
async def not_yet_started(kind: str) -> AsyncGenerator[tuple[ClientProcess, GatewayProcess]]:
    """Yield a gateway, and a client that continues its last session each time it starts."""
    async with (
        aclosing(GatewayProcess()) as gateway,
        aclosing(ClientProcess(kind, gateway.url, options=AGAIN[kind])) as client,
    ):
        yield client, gateway


async def reported(client: ClientProcess, event: str) -> None:
    """Return when the client has traced `event`, or received a message of that type."""
    await (client.heard(event) if "." in event else client.next(event))


async def die(death: str, user: TypingUser, client: ClientProcess, kills: Counter[str]) -> None:
    """Start the client, type three messages, and have it killed as `death` says."""
    await client.start(crash_at=death if death in INSIDE else "")
    for _ in range(3):
        user.type(client.kind, client)
    if death in REPORTED:
        await reported(client, death)
        client.strike()
    assert await client.gone() == -signal.SIGKILL
    kills[client.kind] += 1


async def die_together(
    death: str,
    user: TypingUser,
    client: ClientProcess,
    gateway: GatewayProcess,
    kills: Counter[str],
) -> None:
    """Kill the client and the running gateway as soon as the first of them is at its point.

    A gateway that goes on with an old answer may reach its crash point before the client has
    connected, and then the client never traces what it is to be killed at.
    """
    await client.start()
    for _ in range(3):
        user.type(client.kind, client)
    reporting = asyncio.create_task(reported(client, death))
    crashing = asyncio.create_task(gateway.wait(GATEWAY_LIMIT))
    await asyncio.wait((reporting, crashing), return_when=asyncio.FIRST_COMPLETED)
    client.strike()
    await gateway.kill()
    assert await crashing == -signal.SIGKILL
    reporting.cancel()
    await asyncio.wait((reporting,))
    assert await client.gone() == -signal.SIGKILL
    kills.update((client.kind, "gateway"))


async def check_all(user: TypingUser, client: ClientProcess, gateway: GatewayProcess) -> None:
    """Start the client for good, wait until everything is answered, and check every view of it."""
    await client.start()
    last = user.type(client.kind, client)
    while (queued := await client.next("queued")).message["content"] != last:
        """An earlier run has left it in the outbox."""
    await client.ended(queued.id)
    client.end_input()
    assert await client.gone() == 0
    session_id = next(each.session_id for each in reversed(client.lines) if each.session_id)
    log = await recorded_session(gateway.url, session_id)
    await gateway.kill()
    typed = user.messages(**{client.kind: client})
    pictures = [log, await screen_of(client, typed), traced(client)]
    assert str(check(typed, pictures)) == "nothing"


def traced(client: ClientProcess) -> ShownSession:
    """Return what the traces of all runs of the client add up to."""
    watcher = TraceReader(f"the trace of {client.kind}")
    for run in client.runs:
        watcher.restarted()
        watcher.take_all(run)
    return watcher.picture


async def live_through(kind: str, deaths: Sequence[str], kills: Counter[str]) -> None:
    """Type at a client that dies one death after the other, and check what came of it."""
    user = TypingUser(seed=len(deaths))
    async with not_yet_started(kind) as (client, gateway):
        await gateway.start()
        for death in deaths:
            await die(death, user, client, kills)
        await check_all(user, client, gateway)


@pytest.mark.parametrize(
    "deaths", [INSIDE[2:6], REPORTED[:3] + REPORTED[4:5]], ids=["inside", "reported"]
)
async def test_a_client_may_die_anywhere(
    deaths: Sequence[str], kinds: Sequence[str], kills: Counter[str]
) -> None:
    await run_for_each(kinds, lambda kind: live_through(kind, deaths, kills))


async def test_client_and_gateway_may_die_together(
    kinds: Sequence[str], kills: Counter[str]
) -> None:
    async def story(kind: str) -> None:
        user = TypingUser(seed=3)
        async with not_yet_started(kind) as (client, gateway):
            for point, death in (("after-commit:3", "sent"), ("mid-turn:4", "accepted")):
                await gateway.start(crash_at=point)
                await die_together(death, user, client, gateway, kills)
            await gateway.start()
            await check_all(user, client, gateway)

    await run_for_each(kinds, story)


async def test_messages_typed_while_the_gateway_is_away_outlive_the_client(
    kinds: Sequence[str], kills: Counter[str]
) -> None:
    async def story(kind: str) -> None:
        user = TypingUser(seed=4)
        async with not_yet_started(kind) as (client, gateway):
            for _ in range(2):
                await die("queued", user, client, kills)
            await gateway.start()
            await check_all(user, client, gateway)

    await run_for_each(kinds, story)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
async def test_a_client_may_die_anywhere_again_and_again(
    seed: int, kinds: Sequence[str], kills: Counter[str]
) -> None:
    await run_for_each(kinds, lambda kind: live_through(kind, at_random(seed, 10), kills))
