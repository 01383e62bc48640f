"""The user's orders, run one after the other, so that none overtakes another."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeAlias

Order: TypeAlias = Callable[[], Awaitable[object]]


class Orders:
    """A queue of orders; `failed` is called with every exception that one raises."""

    def __init__(self, failed: Callable[[Exception], None]) -> None:
        self._queue: asyncio.Queue[Order] = asyncio.Queue()
        self._failed = failed

    def put(self, order: Order) -> None:
        """Run `order` after all that were put before it."""
        self._queue.put_nowait(order)

    async def run(self) -> None:
        """Run the orders in turn until cancelled."""
        while True:
            order = await self._queue.get()
            try:
                await self.run_now(order)
            finally:
                self._queue.task_done()

    async def run_now(self, order: Order) -> None:
        """Run one order beside the queue."""
        try:
            await order()
        except Exception as error:  # noqa: BLE001 - one order that fails must not end the rest
            self._failed(error)

    async def done(self) -> None:
        """Return once every order so far has been run."""
        await self._queue.join()
