"""Several coroutines at once, until the first ends.

It must never leave a task behind, nor swallow a cancellation.
"""

import asyncio
from collections.abc import Coroutine


async def race(*runners: Coroutine[None, None, object]) -> int:
    """Run all until one ends, end the others, and return its place, or raise its error.

    Of several that ended at once the first in order counts.
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
        await asyncio.gather(*tasks, return_exceptions=True)  # a second error is no news
