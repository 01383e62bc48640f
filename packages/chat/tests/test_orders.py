"""The user's orders: in turn, and none that fails ends the rest."""

import asyncio

from reconnect_core import NotQueued, RequestFailed, SessionClosed
from reconnect_core.testing import FakeWorld, deadline
from tek_chat import Client, Kind, Notice
from tek_chat.orders import Order

URL = "ws://host/gateway"


def raising(error: Exception) -> Order:
    async def order() -> None:
        raise error

    return order


async def test_orders_run_in_turn_and_requests_beside_them() -> None:
    ran: list[str] = []
    gate = asyncio.Event()

    async def slow() -> None:
        await gate.wait()
        ran.append("slow")

    async def fast() -> None:
        ran.append("fast")

    async def beside() -> None:
        ran.append("beside")
        gate.set()

    async with deadline(5), Client(URL, world=FakeWorld.of()) as client:
        client.order(slow)
        client.order(fast)
        client.request(beside)
        await client.settled()
    assert ran == ["beside", "slow", "fast"]


async def test_an_order_that_fails_is_shown_and_does_not_end_the_rest() -> None:
    failures: list[Exception] = []
    async with deadline(5), Client(URL, world=FakeWorld.of()) as client:
        client.order(raising(RequestFailed("no")))
        await client.settled()
        assert client.view.items == (Notice(Kind.ERROR, "no"),)
        client.on_failure = failures.append
        for error in (RequestFailed("no"), ValueError("odd"), NotQueued(""), SessionClosed("")):
            client.order(raising(error))
        await client.settled()
    assert [type(each) for each in failures] == [RequestFailed, ValueError]


async def test_closing_ends_an_order_that_hangs() -> None:
    async with deadline(5), Client(URL, world=FakeWorld.of()) as client:
        client.order(asyncio.Event().wait)
        client.request(asyncio.Event().wait)
        await asyncio.sleep(0)
