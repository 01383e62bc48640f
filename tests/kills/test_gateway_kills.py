"""A gateway that is killed at any point of a message's way and restarted loses nothing."""

import asyncio
import signal
from collections import Counter
from collections.abc import Sequence
from contextlib import aclosing, suppress
from random import Random

import pytest

from tek_testing.checkers.checker import check
from tek_testing.checkers.recorded_session import recorded_session
from tek_testing.checkers.shown_session import TraceReader
from tek_testing.clients.chat_clients import ClientProcess
from tek_testing.clients.each_client import run_for_each
from tek_testing.clients.in_process_client import InProcessClient
from tek_testing.clients.traced_client import TracedClient
from tek_testing.clients.typing_user import TypingUser
from tek_testing.deadlines import deadline
from tek_testing.gateway.gateway_process import GatewayProcess

POINTS = [
    *(f"before-commit:{number}" for number in (1, 2, 3, 5)),
    *(f"after-commit:{number}" for number in (1, 2, 3, 5)),
    *(f"after-ack:{number}" for number in (1, 2)),
    *(f"mid-turn:{number}" for number in (1, 5, 9)),
    *(f"before-fold:{number}" for number in (1, 2)),
    *(f"after-fold:{number}" for number in (1, 2)),
]
"""Between any two steps of a message's way, for the first and for later messages."""


def at_random(seed: int, times: int) -> list[str]:
    """Return random crash points that depend on `seed` alone."""
    chance = Random(seed)  # noqa: S311 - it has to be reproducible
    names = ("before-commit", "after-commit", "after-ack", "mid-turn", "before-fold", "after-fold")
    return [f"{chance.choice(names)}:{chance.randint(1, 4)}" for _ in range(times)]


async def live_through(
    points: Sequence[str], client: TracedClient, gateway: GatewayProcess, kills: Counter[str]
) -> None:
    """Type while the gateway dies at one point after the other, and check what came of it."""
    user = TypingUser(seed=1)
    user.type("user", client)
    for point in points:
        await gateway.start(crash_at=point)
        # Enough that every crash point is reached, whatever it counts to.
        for _ in range(4):
            user.type("user", client)
        assert await gateway.wait(20) == -signal.SIGKILL
        kills["gateway"] += 1
    await gateway.start()
    watcher = TraceReader("the client")
    with suppress(TimeoutError):  # the checker reports what is missing
        async with deadline(30):
            while watcher.answered < len(user.typed):
                watcher.take(await client.next_line())
    session_id = next(each.session_id for each in reversed(client.lines) if each.session_id)
    log = await recorded_session(gateway.url, session_id)
    messages = user.messages(user=client)
    assert all(each.is_firm for each in messages)
    assert str(check(messages, [watcher.picture, log])) == "nothing"


async def test_a_gateway_may_die_anywhere(kills: Counter[str]) -> None:
    async with asyncio.TaskGroup() as tasks:
        for part in range(3):
            tasks.create_task(in_process(POINTS[part::3], kills))


async def test_both_clients_outlive_a_gateway_that_dies_anywhere(
    kinds: Sequence[str], kills: Counter[str]
) -> None:
    async def story(kind: str) -> None:
        async with (
            aclosing(GatewayProcess()) as gateway,
            ClientProcess(kind, gateway.url) as client,
        ):
            await live_through(POINTS[::3], client, gateway, kills)

    await run_for_each(kinds, story)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(8))
async def test_a_gateway_may_die_anywhere_again_and_again(seed: int, kills: Counter[str]) -> None:
    await in_process(at_random(seed, 20), kills)


async def in_process(points: Sequence[str], kills: Counter[str]) -> None:
    """Run `live_through` with a client in this process."""
    async with aclosing(GatewayProcess()) as gateway, InProcessClient(gateway.url) as client:
        await live_through(points, client, gateway, kills)
