"""The waits between attempts: how long they are, that none is the last, and what resets them."""

from itertools import pairwise

import pytest

from tek_testing.clients.chat_clients import KINDS, ClientProcess
from tek_testing.clients.each_client import each_kind, run_for_each
from tek_testing.clients.traced_client import TraceLine
from tek_testing.deadlines import scaled
from tek_testing.faults.refusing_listener import Http, RefusingListener, Reset
from tek_testing.gateway.gateway_process import GatewayProcess

JITTER = 0.3
SLACK = 0.3
"""Seconds, scaled, that other processes and a coarse timer may add to a wait."""


def assert_planned(waits: list[TraceLine], means: list[float]) -> None:
    """Assert that each wait is its mean plus up to 30 %, and that the attempts count from 0."""
    assert [each.attempt for each in waits] == list(range(len(means)))
    for line, mean in zip(waits, means, strict=True):
        assert mean <= line.delay < mean * (1 + JITTER)
    spread = {line.delay / mean for line, mean in zip(waits, means, strict=True)}
    assert len(spread) == len(means), "every wait has a jitter of its own"


async def wait_and_dial(client: ClientProcess) -> tuple[TraceLine, float]:
    """Return the next wait, and the seconds that it really took."""
    wait = await client.next("waiting", 60)
    dial = await client.next("connecting", 60)
    return wait, dial.t - wait.t


@each_kind
async def test_the_waits_double_up_to_the_cap_and_there_is_no_last_one(kind: str) -> None:
    async with RefusingListener(Reset()) as nobody, ClientProcess(kind, nobody.url) as client:
        tries = [await wait_and_dial(client) for _ in range(16)]
    means = [0.01, 0.02, 0.04, 0.08, 0.16] + [0.3] * 11
    assert_planned([wait for wait, _ in tries], means)
    for wait, real in tries:
        assert 0 <= real - wait.delay + 0.005 < scaled(SLACK)


@each_kind
async def test_the_listener_sees_the_dials_of_the_trace(kind: str) -> None:
    async with RefusingListener(Reset()) as nobody, ClientProcess(kind, nobody.url) as client:
        waits = [(await wait_and_dial(client))[0] for _ in range(9)]
        dials = await nobody.dials(9)
    gaps = [after - before for before, after in pairwise(dials)]
    for gap, wait in zip(gaps, waits, strict=False):
        assert -0.01 < gap - wait.delay < scaled(SLACK)


@each_kind
async def test_a_success_starts_the_schedule_over(kind: str) -> None:
    async with GatewayProcess() as gateway, ClientProcess(kind, gateway.url) as client:
        await client.next("online")
        for _ in range(2):
            await gateway.kill()
            for attempt in range(4):
                await client.next("waiting", attempt=attempt)
            await gateway.start()
            assert (await client.next("online")).attempt == 0


@each_kind
async def test_a_busy_gateway_names_the_least_wait(kind: str) -> None:
    busy = Http(503, {"Retry-After": "1"})
    async with RefusingListener(busy) as listener, ClientProcess(kind, listener.url) as client:
        wait, real = await wait_and_dial(client)
    assert wait.delay == 1.0
    assert real >= 1.0 - 0.005
    assert "503" in wait.reason


@each_kind
async def test_a_refused_token_blocks_after_asking_once_more(kind: str) -> None:
    async with RefusingListener(Http(401)) as listener, ClientProcess(kind, listener.url) as client:
        blocked = await client.next("blocked")
        assert await listener.dials(2)
        client.enter("")  # Enter on an empty line, or Try now
        await client.next("connecting")
    assert "401" in blocked.reason
    assert blocked.delay == 60.0


@pytest.mark.slow
async def test_in_real_time_the_waits_are_1_2_4_8_16_30_30_seconds() -> None:
    await run_for_each(KINDS, dial_in_real_time)


async def dial_in_real_time(kind: str) -> None:
    reality = {"base": 1.0, "cap": 30.0, "jitter": JITTER, "seed": 7}
    async with (
        RefusingListener(Reset()) as nobody,
        ClientProcess(kind, nobody.url, reconnect=reality) as client,
    ):
        tries = [await wait_and_dial(client) for _ in range(7)]
    assert_planned([wait for wait, _ in tries], [1, 2, 4, 8, 16, 30, 30])
    for wait, real in tries:
        assert 0 <= real - wait.delay + 0.005 < scaled(SLACK)
