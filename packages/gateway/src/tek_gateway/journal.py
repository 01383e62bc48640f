"""The log as the gateway uses it: changes are gathered into few commits, and readers follow.

It must never let anybody see an entry that is not durable, nor keep anything for a reader.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

from tek_gateway.crash_points import crash_point
from tek_gateway.errors import SessionGone, StoreError
from tek_gateway.log import DELTA_TYPE, Entry
from tek_gateway.store import Change, Result, Store
from tek_gateway.tail import Tail

BATCH_LIMIT = 2048
"""Changes in one commit."""


class Journal:
    """Run it with `journaling`. What comes while one commit is under way goes into the next."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._waiting: list[tuple[Change, asyncio.Future[tuple[Entry, ...]]]] = []
        self._wanted = asyncio.Event()
        self._closed = False
        self._tails: WeakValueDictionary[str, Tail] = WeakValueDictionary()

    def submit(self, change: Change) -> asyncio.Future[tuple[Entry, ...]]:
        """Ask for `change`, after all that was asked for before.

        The result has the entries once they are durable, or raises `StoreError`.
        """
        future = asyncio.get_running_loop().create_future()
        self._waiting.append((change, future))
        self._wanted.set()
        return future

    def tail(self, session_id: str) -> Tail:
        """Return the end of a log; it is kept up to date for as long as somebody holds it."""
        tail = self._tails.get(session_id)
        if tail is None:
            tail = self._tails[session_id] = Tail()
        return tail

    async def after(self, session_id: str, tail: Tail, cursor: int) -> Sequence[Entry]:
        """Wait until there are entries after `cursor` and return the next ones.

        Raises `StoreError`, and `SessionGone` once the session is deleted.
        """
        while True:
            changed = tail.changed  # taken before looking, so that no change is missed
            if tail.is_over:
                raise SessionGone(session_id)
            entries = tail.after(cursor)
            if entries is None:
                entries = await self.store.page(session_id, cursor)
            if entries:
                return entries
            await changed.wait()

    async def run(self) -> None:
        """Commit what is asked for, and end once it is closed and nothing waits."""
        while not self._closed:
            await self._wanted.wait()
            await self._flush()

    def close(self) -> None:
        """Let `run` end; nothing may be asked for afterwards."""
        self._closed = True
        self._wanted.set()

    async def _flush(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:BATCH_LIMIT], self._waiting[BATCH_LIMIT:]
            results = await self.store.commit([change for change, _ in batch])
            failed: dict[str, StoreError] = {}
            for (change, future), result in zip(batch, results, strict=True):
                if isinstance(result, StoreError):
                    failed[change.session_id] = result
                elif change.deletes and (tail := self._tails.pop(change.session_id, None)):
                    tail.end()
                self._tell(change.session_id, future, result)
            self._fail(failed)
        self._wanted.clear()

    def _tell(
        self, session_id: str, future: asyncio.Future[tuple[Entry, ...]], result: Result
    ) -> None:
        if isinstance(result, StoreError):
            if not future.done():
                future.set_exception(result)
            return
        if result:
            if result[0].draft.type == DELTA_TYPE:
                crash_point("mid-turn")
            if (tail := self._tails.get(session_id)) is not None:
                tail.extend(result)
        if not future.done():
            future.set_result(result)

    def _fail(self, failed: dict[str, StoreError]) -> None:
        """Fail what waits in the sessions that failed: it may build on what is missing now."""
        if not failed:
            return
        waiting, self._waiting = self._waiting, []
        for change, future in waiting:
            if (error := failed.get(change.session_id)) is None:
                self._waiting.append((change, future))
            else:
                self._tell(change.session_id, future, error)


@asynccontextmanager
async def journaling(store: Store) -> AsyncGenerator[Journal]:
    """Run a journal for as long as the context lasts; what was asked for by then is committed."""
    journal = Journal(store)
    running = asyncio.create_task(journal.run())
    try:
        yield journal
    finally:
        journal.close()
        await running
