"""The log as the gateway uses it: changes are gathered into few commits, and readers follow.

It must never let anybody see an entry that is not durable, nor keep anything for a reader.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from time import perf_counter
from typing import TypeAlias
from weakref import WeakValueDictionary

from tek_gateway.errors import JournalBroken, SessionFull, SessionGone, StorageFull, StoreError
from tek_gateway.log.log_rules import DELTA_TYPE, Entry
from tek_gateway.metrics import Metrics
from tek_gateway.store.store import Change, Result, Store
from tek_gateway.store.tail import Tail
from tek_local.crash_points import crash_point

BATCH_LIMIT = 2048
"""Changes in one commit."""

ROOM_DELAY = 1.0
"""Seconds between two looks at a full disk."""

Told: TypeAlias = Callable[[Result], None]
Waiting: TypeAlias = tuple[Change, asyncio.Future[tuple[Entry, ...]] | Told]

_logger = logging.getLogger(__name__)


class CommitQueue:
    """Run it with `journaling`. What comes while one commit is under way goes into the next."""

    def __init__(self, store: Store, metrics: Metrics) -> None:
        self.store = store
        self.metrics = metrics
        self._broken: StoreError | None = None
        self._has_room = asyncio.Event()
        self._has_room.set()
        self._is_full = asyncio.Event()
        self._waiting: list[Waiting] = []
        self._under_way: Sequence[Waiting] = ()
        self._wanted = asyncio.Event()
        self._closed = False
        self._tails: WeakValueDictionary[str, Tail] = WeakValueDictionary()

    def submit(self, change: Change) -> asyncio.Future[tuple[Entry, ...]]:
        """Ask for `change`, after all that was asked for before.

        The result has the entries once they are durable, or raises `StoreError`.
        """
        future: asyncio.Future[tuple[Entry, ...]] = asyncio.get_running_loop().create_future()
        if self._broken is not None:
            future.set_exception(self._broken)
            return future
        self._waiting.append((change, future))
        self._wanted.set()
        return future

    def write(self, change: Change, told: Told) -> None:
        """Ask for `change` as `submit` does; `told` gets what became of it, at once.

        It costs a fraction of a future. `told` must be quick, and may ask for more.
        """
        if self._broken is not None:
            told(self._broken)
            return
        self._waiting.append((change, told))
        self._wanted.set()

    @property
    def is_full(self) -> bool:
        """Return whether the disk was full when something was last to be written."""
        return self._is_full.is_set()

    async def room(self) -> None:
        """Wait until the disk is not full any more."""
        await self._has_room.wait()

    def is_followed(self, session_id: str) -> bool:
        """Return whether somebody reads along."""
        return session_id in self._tails

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
            version = tail.version  # taken before looking, so that no change is missed
            if tail.is_over:
                raise SessionGone(session_id)
            entries = tail.after(cursor)
            if entries is None:
                entries = await self.store.page(session_id, cursor)
                self.metrics.replayed += len(entries)
            if entries:
                return entries
            await tail.change(version)

    async def run(self) -> None:
        """Commit what is asked for, and end once it is closed and nothing waits.

        Nothing is stored any more, and everybody is told so, if anything else ends it.
        """
        try:
            while not self._closed:
                await self._wanted.wait()
                await self._flush()
        except BaseException:
            self._break()
            raise

    async def watch(self) -> None:
        """Look for room, now and then, whenever the disk is full."""
        while True:
            await self._is_full.wait()
            if await self.store.has_room():
                _logger.info("the disk has room again")
                self._is_full.clear()
                self._has_room.set()
            else:
                await asyncio.sleep(ROOM_DELAY)

    def close(self) -> None:
        """Let `run` end; nothing may be asked for afterwards."""
        self._closed = True
        self._wanted.set()

    async def _flush(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:BATCH_LIMIT], self._waiting[BATCH_LIMIT:]
            self._under_way = batch
            began = perf_counter()
            results = await self.store.commit([change for change, _ in batch])
            took = perf_counter() - began
            self._tell_all(batch, results)
            made = sum(len(result) for result in results if not isinstance(result, StoreError))
            self.metrics.committed(took, made)
        self._under_way = ()
        self._wanted.clear()

    def _tell_all(self, batch: Sequence[Waiting], results: Sequence[Result]) -> None:
        failed: dict[str, StoreError] = {}
        for (change, waiter), result in zip(batch, results, strict=True):
            if isinstance(result, StorageFull):
                self._fill(result)
            if isinstance(result, StoreError) and not isinstance(result, SessionFull):
                failed[change.session_id] = result
            elif change.deletes and (tail := self._tails.pop(change.session_id, None)):
                tail.end()
            self._tell(change.session_id, waiter, result)
        self._fail(failed)

    def _fill(self, error: StorageFull) -> None:
        if not self.is_full:
            _logger.error("the disk is full, and nothing new is taken: %s", error)
            self._has_room.clear()
            self._is_full.set()

    def _break(self) -> None:
        self._broken = StoreError("the gateway ends: its log cannot be written any more")
        waiting, self._waiting = [*self._under_way, *self._waiting], []
        for change, waiter in waiting:
            self._tell(change.session_id, waiter, self._broken)

    def _tell(
        self, session_id: str, waiter: asyncio.Future[tuple[Entry, ...]] | Told, result: Result
    ) -> None:
        if result and not isinstance(result, StoreError):
            if result[0].draft.type == DELTA_TYPE:
                crash_point("mid-turn")
            if (tail := self._tails.get(session_id)) is not None:
                tail.extend(result)
        if callable(waiter):
            _say(waiter, result)
        elif waiter.done():
            return
        elif isinstance(result, StoreError):
            waiter.set_exception(result)
        else:
            waiter.set_result(result)

    def _fail(self, failed: dict[str, StoreError]) -> None:
        """Fail what waits in the sessions that failed: it may build on what is missing now."""
        if not failed:
            return
        waiting, self._waiting = self._waiting, []
        for change, waiter in waiting:
            if (error := failed.get(change.session_id)) is None:
                self._waiting.append((change, waiter))
            else:
                self._tell(change.session_id, waiter, error)


def _say(told: Told, result: Result) -> None:
    try:
        told(result)
    except Exception:  # the others' changes are not its business
        _logger.exception("somebody broke on being told what became of a change")


@asynccontextmanager
async def journaling(
    store: Store, metrics: Metrics | None = None, on_broken: Callable[[], None] = lambda: None
) -> AsyncGenerator[CommitQueue]:
    """Run a journal for as long as the context lasts; what was asked for by then is committed.

    `on_broken` is called if it can store nothing any more, and the context then ends with
    `JournalBroken`.
    """
    journal = CommitQueue(store, metrics or Metrics())

    def ended(task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            _logger.critical("the log cannot be written any more", exc_info=error)
            on_broken()

    running = asyncio.create_task(journal.run())
    running.add_done_callback(ended)
    watching = asyncio.create_task(journal.watch())
    watching.add_done_callback(ended)
    try:
        yield journal
    finally:
        journal.close()
        watching.cancel()
        for end in await asyncio.gather(running, watching, return_exceptions=True):
            if isinstance(end, Exception):
                reason = "the log could not be written any more; the log file says why"
                raise JournalBroken(reason) from end
