"""Running several coroutines until the first one ends."""

import asyncio
from collections.abc import Coroutine


async def race(*runners: Coroutine[None, None, object]) -> int:
    """Run all until one ends, cancel the others, and return its index, or raise its error.

    Of several that end at the same time, the first in order counts. All have ended when this
    returns, also when it is cancelled.
    """
    tasks = [asyncio.ensure_future(each) for each in runners]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        first = next(place for place, task in enumerate(tasks) if task.done())
        await tasks[first]
        return first
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)  # A second error adds nothing.
