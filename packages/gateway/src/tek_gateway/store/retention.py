"""Which sessions go when they are old, or when there are too many: while a gateway runs, or not.

It must never delete a session that is owed an answer, or that somebody follows.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from time import time

from tek_gateway.errors import StoreError
from tek_gateway.limits import Retention
from tek_gateway.store.commit_queue import CommitQueue
from tek_gateway.store.store import Change, StaleSession, Store

PRUNE_DELAY = 3600.0
"""Seconds between two looks while a gateway runs."""

EMPTY_AGE = 7 * 86_400.0
"""Seconds that a session is kept in which nothing was ever said."""

BATCH = 64
"""Sessions a commit."""

_logger = logging.getLogger(__name__)


def outdated(sessions: Sequence[StaleSession], retention: Retention, now: float) -> list[str]:
    """Return which of `sessions`, the one used longest ago first, are to go."""
    total = sum(each.size for each in sessions)
    gone: list[str] = []
    for each in sessions:
        age = now - each.used_at
        is_empty = not each.size and age > EMPTY_AGE
        is_old = retention.age is not None and age > retention.age
        is_too_much = retention.size is not None and total > retention.size
        if is_empty or is_old or (is_too_much and each.size):
            gone.append(each.session_id)
            total -= each.size
    return gone


async def prune(store: Store, retention: Retention, now: float) -> int:
    """Delete what is to go from a store that nobody uses; returns how many sessions went.

    Raises `StoreError`.
    """
    gone = outdated(await store.stale(), retention, now)
    for at in range(0, len(gone), BATCH):
        changes = [Change(each, deletes=True) for each in gone[at : at + BATCH]]
        for result in await store.commit(changes):
            if isinstance(result, StoreError):
                raise result
    return len(gone)


@asynccontextmanager
async def pruning(
    queue: CommitQueue, delete: Callable[[str], Awaitable[bool]], retention: Retention
) -> AsyncGenerator[None]:
    """Delete outdated sessions with `delete`, now and every hour, while the context lasts.

    `delete` returns False for a session that has to stay.
    """
    task = asyncio.create_task(_prune_hourly(queue, delete, retention))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _prune_hourly(
    queue: CommitQueue, delete: Callable[[str], Awaitable[bool]], retention: Retention
) -> None:
    while True:
        try:
            count = 0
            for each in outdated(await queue.store.stale(), retention, time()):
                if not queue.is_followed(each):
                    count += await delete(each)
            if count:
                _logger.info("%d old sessions were deleted", count)
        except StoreError as error:
            _logger.warning("old sessions stay for now: %s", error)
        await asyncio.sleep(PRUNE_DELAY)
