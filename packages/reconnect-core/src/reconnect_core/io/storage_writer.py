"""Brings what changes in the ledger into the storage, one commit at a time, in order.

It must never stop the chat: a storage that fails is told of once and left alone from then on.
"""

import asyncio
from collections.abc import Callable, Sequence

from reconnect_core.storage import Change, Storage

_PATIENCE = 0.05
"""Seconds that a commit has to end when it is cancelled."""


class StorageWriter:
    """Commits in groups: what is noted during a commit goes into the next one.

    `failed` is called with the reason, once. Without a storage there is nothing to do.
    """

    def __init__(self, storage: Storage | None, failed: Callable[[str], None]) -> None:
        self._storage = storage
        self._failed = failed
        self._pending: list[Change] = []
        self._noted = 0
        self._kept = 0
        self._commit: asyncio.Task[None] | None = None
        self._work = asyncio.Event()

    @property
    def is_on(self) -> bool:
        """Whether there is a storage that works."""
        return self._storage is not None

    def note(self, changes: Sequence[Change]) -> None:
        """Have `changes` committed with the next commit."""
        if changes and self._storage is not None:
            self._pending += changes
            self._noted += len(changes)
            self._work.set()

    def give_up(self, error: Exception) -> None:
        """Go on without the storage."""
        if self.is_on:
            self._storage = None
            self._pending.clear()
            self._failed(str(error) or type(error).__name__)

    async def kept(self) -> None:
        """Return when all that has been noted so far is kept, or never will be.

        A cancelled caller ends no commit, so that no two ever run at once.
        """
        target = self._noted
        while self.is_on and self._kept < target:
            if self._commit is None:
                self._commit = asyncio.create_task(self._commit_pending())
            await asyncio.wait({self._commit})

    async def run(self) -> None:
        """Keep what nobody waits for."""
        while True:
            await self._work.wait()
            self._work.clear()
            await self.kept()

    async def close(self) -> None:
        """Keep nothing more, and end a commit that hangs."""
        self._storage = None
        if (hanging := self._commit) is not None:
            hanging.cancel()
            await asyncio.wait({hanging}, timeout=_PATIENCE)

    async def _commit_pending(self) -> None:
        batch, self._pending = self._pending, []
        try:
            if self._storage is not None:
                await self._storage.commit(batch)
            self._kept += len(batch)
        except Exception as error:  # noqa: BLE001 - a storage's errors are its own
            self.give_up(error)
        finally:
            self._commit = None
