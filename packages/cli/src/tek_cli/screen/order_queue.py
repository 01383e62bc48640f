"""The user's orders, carried out one after the other."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from reconnect_core import NotQueued, RequestFailed, SessionClosed

Order: TypeAlias = Callable[[], Awaitable[object]]


class OrderQueue:
    """Takes orders; `tell` shows the user why one failed."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._orders: asyncio.Queue[Order] = asyncio.Queue()
        self.tell = tell

    def put(self, order: Order) -> None:
        """Carry out `order` after those before it."""
        self._orders.put_nowait(order)

    async def work(self) -> None:
        """Carry out orders, until cancelled."""
        while True:
            order = await self._orders.get()
            await self.carry_out(order)
            self._orders.task_done()

    async def carry_out(self, order: Order) -> None:
        """Carry out one order now."""
        try:
            await order()
        except NotQueued:
            pass  # the view says why
        except SessionClosed:
            pass  # the user has quit
        except RequestFailed as error:
            self.tell(str(error))

    async def done(self) -> None:
        """Return once every order so far has been carried out."""
        await self._orders.join()
