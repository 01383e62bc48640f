"""Which sessions go when they are old, or when there are too many: while a gateway runs, or not.

It must never delete a session that is owed an answer, or that somebody follows.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from time import time

from tek_gateway.errors import StoreError
from tek_gateway.limits import Retention
from tek_gateway.store.commit_queue import CommitQueue
from tek_gateway.store.store import Change, StaleSession, Store
from tek_gateway.turns.scheduler import Scheduler

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
async def keeping(
    journal: CommitQueue, turns: Scheduler, retention: Retention
) -> AsyncGenerator[None]:
    """Delete what is to go, now and every hour, for as long as the context lasts."""
    task = asyncio.create_task(_keep(journal, turns, retention))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _keep(journal: CommitQueue, turns: Scheduler, retention: Retention) -> None:
    while True:
        try:
            count = 0
            for each in outdated(await journal.store.stale(), retention, time()):
                if not journal.is_followed(each):
                    count += await turns.delete(each)
            if count:
                _logger.info("%d old sessions were deleted", count)
        except StoreError as error:
            _logger.warning("old sessions stay for now: %s", error)
        await asyncio.sleep(PRUNE_DELAY)
