"""Deletes old sessions, and the oldest of too many.

A session stays while it owes an answer or a reader follows it.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from time import time

from tek_gateway.errors import StoreError
from tek_gateway.limits import Retention
from tek_gateway.store.changes import Change
from tek_gateway.store.commit_queue import CommitQueue
from tek_gateway.store.session_records import StaleSession
from tek_gateway.store.store import Store

PRUNE_DELAY = 3600.0
"""Seconds between two rounds while a gateway runs."""

EMPTY_SESSION_AGE = 7 * 86_400.0
"""Seconds that an empty session is kept."""

BATCH = 64
"""Sessions deleted in one commit."""

_logger = logging.getLogger(__name__)


def outdated(sessions: Sequence[StaleSession], retention: Retention, now: float) -> list[str]:
    """Return the ids of `sessions` to delete; `sessions` are ordered by last use, oldest first."""
    total = sum(session.size for session in sessions)
    gone: list[str] = []
    for session in sessions:
        age = now - session.used_at
        is_empty = not session.size and age > EMPTY_SESSION_AGE
        is_old = retention.age is not None and age > retention.age
        is_too_much = retention.size is not None and total > retention.size
        if is_empty or is_old or (is_too_much and session.size):
            gone.append(session.session_id)
            total -= session.size
    return gone


async def prune(store: Store, retention: Retention, now: float) -> int:
    """Delete the outdated sessions of a store that no gateway uses, and return their number.

    Raises `StoreError`.
    """
    gone = outdated(await store.stale(), retention, now)
    for start in range(0, len(gone), BATCH):
        changes = [Change(session, deletes=True) for session in gone[start : start + BATCH]]
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
            for session in outdated(await queue.store.stale(), retention, time()):
                if not queue.is_followed(session):
                    count += await delete(session)
            if count:
                _logger.info("%d old sessions were deleted", count)
        except StoreError as error:
            _logger.warning("cannot delete old sessions for now: %s", error)
        await asyncio.sleep(PRUNE_DELAY)
