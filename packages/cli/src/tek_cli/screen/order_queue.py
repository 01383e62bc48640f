"""What the user wants, carried out one after the other, so that no order overtakes another.

It must never decide what happens next: that is the client's.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from reconnect_core import NotQueued, RequestFailed, SessionClosed

Order: TypeAlias = Callable[[], Awaitable[object]]


class OrderQueue:
    """Takes orders. `tell` shows the user what cannot be done."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._orders: asyncio.Queue[Order] = asyncio.Queue()
        self._tell = tell

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
            pass  # the chat is being left
        except RequestFailed as error:
            self._tell(str(error))

    async def done(self) -> None:
        """Return once every order so far has been carried out."""
        await self._orders.join()
