"""Waiting for a view, or for the first of several events."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import aclosing
from typing import TypeVar

from reconnect_core import SessionClosed
from tek_chat import Client, View

T = TypeVar("T")


async def until(client: Client, condition: Callable[[View], bool]) -> View:
    """Return the first view that meets `condition`; raises `SessionClosed` if the client closes."""
    async with aclosing(client.views()) as views:
        async for view in views:
            if condition(view):
                return view
    message = "the session was closed"
    raise SessionClosed(message)


async def first(*waits: Coroutine[object, object, T]) -> T:
    """Return the result of the first of `waits` to finish, or raise its error; cancel the rest."""
    tasks = [asyncio.ensure_future(each) for each in waits]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        return await next(task for task in tasks if task in done)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)  # one error is enough
