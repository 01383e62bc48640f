"""When a gateway is idle."""

import asyncio

from tek_gateway.host.activity import Activity
from tek_testing.deadlines import deadline


async def test_nothing_from_the_start_is_idle() -> None:
    idle = asyncio.Event()
    Activity(0.01, idle.set)

    async with deadline():
        await idle.wait()


async def test_the_wait_begins_when_the_last_thing_has_ended() -> None:
    loop, idle = asyncio.get_running_loop(), asyncio.Event()
    activity = Activity(0.05, idle.set)
    with activity.busy():
        with activity.busy():
            pass
        ended = loop.time()
    async with deadline():
        await idle.wait()

    assert loop.time() - ended >= 0.05


async def test_what_goes_on_holds_off_the_end() -> None:
    loop, idle = asyncio.get_running_loop(), asyncio.Event()
    activity = Activity(0, idle.set)
    with activity.busy():
        ran = asyncio.Event()
        loop.call_later(0.02, ran.set)
        await ran.wait()
        assert not idle.is_set()
    activity.close()


async def test_without_a_limit_it_never_ends() -> None:
    activity = Activity(None, lambda: None)
    with activity.busy():
        pass
    activity.close()
