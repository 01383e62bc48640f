"""Between the user and the client: draws what is, passes on what is wanted.

It must never decide anything: what to show is the view's, what happens next is the client's.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from functools import partial
from typing import TypeAlias

from reconnect_core import NotQueued
from tek_chat import Client
from tek_desktop.faults import Faults
from tek_desktop.listing import Listing
from tek_desktop.window import Window

FRAME = 0.04
"""Seconds between two drawings: 25 a second is as smooth as text needs to be."""

Order: TypeAlias = Callable[[], Awaitable[None]]


class Desk:
    """Connects the signals of `window` with `client`, and its view with the window."""

    def __init__(self, client: Client, window: Window, listing: Listing, faults: Faults) -> None:
        self._client, self._window = client, window
        self._listing, self._faults = listing, faults
        self._orders: asyncio.Queue[Order] = asyncio.Queue()
        window.submitted.connect(self._enter)
        window.hurried.connect(client.retry_now)
        window.retry_wanted.connect(self._retry)
        window.discard_wanted.connect(client.discard)
        window.session_wanted.connect(self._open)

    async def work(self) -> None:
        """Draw, obey and keep the list, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._draw())
            tasks.create_task(self._obey())
            tasks.create_task(self._list())

    async def settled(self) -> None:
        """Return once all that was submitted so far has been answered, or never will be."""
        await self._orders.join()
        await self._client.settled()

    async def _draw(self) -> None:
        async with aclosing(self._client.views()) as views:
            async for view in views:
                with self._faults.caught():
                    self._window.draw(view)
                await asyncio.sleep(FRAME)

    async def _obey(self) -> None:
        """Carry out one order after the other, so that none overtakes."""
        while True:
            order = await self._orders.get()
            with self._faults.caught():
                await order()
            self._orders.task_done()

    async def _list(self) -> None:
        while True:
            with self._faults.caught():
                self._window.list_sessions(await self._listing.next(self._client))

    def _enter(self, text: str) -> None:
        """Submit `text`; with nothing to submit, Enter is a nudge."""
        if text.strip():
            self._orders.put_nowait(partial(self._submit, text))
        else:
            self._client.retry_now()

    async def _submit(self, text: str) -> None:
        try:
            await self._client.submit(text)
        except NotQueued:
            self._window.give_back(text)

    def _retry(self, message_id: str) -> None:
        self._orders.put_nowait(partial(self._client.retry, message_id))

    def _open(self, session_id: str) -> None:
        self._orders.put_nowait(partial(self._client.open, session_id))
