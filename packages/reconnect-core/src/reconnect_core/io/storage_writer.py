"""Writes the changes of the outbox to the storage, one commit at a time and in order.

A failing storage is reported once, then disabled; the session goes on in memory.
"""

import asyncio
from collections.abc import Callable, Sequence

from reconnect_core.storage import Change, Storage

_CANCEL_TIMEOUT = 0.05
"""Seconds that a commit has to end after it is cancelled."""


class StorageWriter:
    """Group commit: changes that arrive during a commit are written together by the next one.

    `failed` is called with the reason, once. Without a storage every method does nothing.
    """

    def __init__(self, storage: Storage | None, failed: Callable[[str], None]) -> None:
        self._storage = storage
        self._failed = failed
        self._pending: list[Change] = []
        self._added = 0
        self._committed = 0
        self._commit: asyncio.Task[None] | None = None
        self._work = asyncio.Event()

    def add(self, changes: Sequence[Change]) -> None:
        """Write `changes` with the next commit."""
        if changes and self._storage is not None:
            self._pending += changes
            self._added += len(changes)
            self._work.set()

    def disable(self, error: Exception) -> None:
        """Report `error` and go on without the storage."""
        if self._storage is not None:
            self._storage = None
            self._pending.clear()
            self._failed(str(error) or type(error).__name__)

    async def flush(self) -> None:
        """Return when everything added so far is committed, or the storage is disabled.

        Cancelling a caller does not cancel the commit, so that two never run at the same time.
        """
        target = self._added
        while self._storage is not None and self._committed < target:
            if self._commit is None:
                self._commit = asyncio.create_task(self._commit_pending())
            await asyncio.wait({self._commit})

    async def run(self) -> None:
        """Write the changes for which no caller waits."""
        while True:
            await self._work.wait()
            self._work.clear()
            await self.flush()

    async def close(self) -> None:
        """Write nothing more, and cancel a commit that hangs."""
        self._storage = None
        if (hanging := self._commit) is not None:
            hanging.cancel()
            await asyncio.wait({hanging}, timeout=_CANCEL_TIMEOUT)

    async def _commit_pending(self) -> None:
        batch, self._pending = self._pending, []
        try:
            if self._storage is not None:
                await self._storage.commit(batch)
            self._committed += len(batch)
        except Exception as error:  # noqa: BLE001 - a storage may raise anything
            self.disable(error)
        finally:
            self._commit = None
