"""Group commit: changes that arrive during one commit share the next, and readers follow the log.

Readers see an entry only once it is durable.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from time import perf_counter
from typing import TypeAlias
from weakref import WeakValueDictionary

from tek_gateway.errors import LogBroken, SessionFull, SessionGone, StorageFull, StoreError
from tek_gateway.log.log_entries import DELTA_TYPE, Entry
from tek_gateway.metrics import Metrics
from tek_gateway.store.changes import Change, Result
from tek_gateway.store.store import Store
from tek_gateway.store.tail import Tail
from tek_local.crash_points import crash_point

BATCH_LIMIT = 2048
"""Changes in one commit, at most."""

ROOM_CHECK_DELAY = 1.0
"""Seconds between two checks of a full disk."""

OnResult: TypeAlias = Callable[[Result], None]
Waiter: TypeAlias = asyncio.Future[tuple[Entry, ...]] | OnResult
Pending: TypeAlias = tuple[Change, Waiter]

_logger = logging.getLogger(__name__)


class CommitQueue:
    """Commits changes in order; run it with `committing`."""

    def __init__(self, store: Store, metrics: Metrics) -> None:
        self.store = store
        self.metrics = metrics
        self._broken: StoreError | None = None
        self._has_room = asyncio.Event()
        self._has_room.set()
        self._is_full = asyncio.Event()
        self._waiting: list[Pending] = []
        self._under_way: Sequence[Pending] = ()
        self._has_work = asyncio.Event()
        self._closed = False
        self._tails: WeakValueDictionary[str, Tail] = WeakValueDictionary()

    def submit(self, change: Change) -> asyncio.Future[tuple[Entry, ...]]:
        """Queue `change`, and return a future of its entries once they are durable.

        The future raises `StoreError` if the change failed.
        """
        future: asyncio.Future[tuple[Entry, ...]] = asyncio.get_running_loop().create_future()
        if self._broken is not None:
            future.set_exception(self._broken)
            return future
        self._waiting.append((change, future))
        self._has_work.set()
        return future

    def write(self, change: Change, on_result: OnResult) -> None:
        """Queue `change` as `submit` does, and call `on_result` with its result.

        This costs a fraction of a future. `on_result` must be quick, and may queue more.
        """
        if self._broken is not None:
            on_result(self._broken)
            return
        self._waiting.append((change, on_result))
        self._has_work.set()

    @property
    def is_full(self) -> bool:
        """Return whether the disk was full at the last attempt to write."""
        return self._is_full.is_set()

    async def wait_for_room(self) -> None:
        """Wait until the disk is no longer full."""
        await self._has_room.wait()

    def is_followed(self, session_id: str) -> bool:
        """Return whether a reader follows the session."""
        return session_id in self._tails

    def tail(self, session_id: str) -> Tail:
        """Return the end of a log, which is kept up to date while anybody references it."""
        tail = self._tails.get(session_id)
        if tail is None:
            tail = self._tails[session_id] = Tail()
        return tail

    async def after(self, session_id: str, tail: Tail, cursor: int) -> Sequence[Entry]:
        """Wait for entries after `cursor`, and return the next ones.

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
        """Commit what is queued, and return once the queue is closed and empty.

        If this ends in any other way, every queued and later change fails with `StoreError`.
        """
        try:
            while not self._closed:
                await self._has_work.wait()
                await self._flush()
        except BaseException:
            self._break()
            raise

    async def watch_for_room(self) -> None:
        """While the disk is full, check regularly whether it has room again."""
        while True:
            await self._is_full.wait()
            if await self.store.has_room():
                _logger.info("the disk has room again")
                self._is_full.clear()
                self._has_room.set()
            else:
                await asyncio.sleep(ROOM_CHECK_DELAY)

    def close(self) -> None:
        """Let `run` end; nothing may be queued afterwards."""
        self._closed = True
        self._has_work.set()

    async def _flush(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:BATCH_LIMIT], self._waiting[BATCH_LIMIT:]
            self._under_way = batch
            began = perf_counter()
            results = await self.store.commit([change for change, _ in batch])
            took = perf_counter() - began
            self._deliver_all(batch, results)
            made = sum(len(result) for result in results if not isinstance(result, StoreError))
            self.metrics.committed(took, made)
        self._under_way = ()
        self._has_work.clear()

    def _deliver_all(self, batch: Sequence[Pending], results: Sequence[Result]) -> None:
        failed: dict[str, StoreError] = {}
        for (change, waiter), result in zip(batch, results, strict=True):
            if isinstance(result, StorageFull):
                self._note_full(result)
            if isinstance(result, StoreError) and not isinstance(result, SessionFull):
                failed[change.session_id] = result
            elif change.deletes and (tail := self._tails.pop(change.session_id, None)):
                tail.end()
            self._deliver(change.session_id, waiter, result)
        self._fail_queued(failed)

    def _note_full(self, error: StorageFull) -> None:
        if not self.is_full:
            _logger.error("the disk is full; new messages are refused: %s", error)
            self._has_room.clear()
            self._is_full.set()

    def _break(self) -> None:
        self._broken = StoreError("the gateway is stopping: its log can no longer be written")
        waiting, self._waiting = [*self._under_way, *self._waiting], []
        for change, waiter in waiting:
            self._deliver(change.session_id, waiter, self._broken)

    def _deliver(self, session_id: str, waiter: Waiter, result: Result) -> None:
        if result and not isinstance(result, StoreError):
            if result[0].draft.type == DELTA_TYPE:
                crash_point("mid-turn")
            if (tail := self._tails.get(session_id)) is not None:
                tail.extend(result)
        if callable(waiter):
            _call(waiter, result)
        elif waiter.done():
            return
        elif isinstance(result, StoreError):
            waiter.set_exception(result)
        else:
            waiter.set_result(result)

    def _fail_queued(self, failed: dict[str, StoreError]) -> None:
        """Fail the queued changes of sessions with a failed change: they may depend on it."""
        if not failed:
            return
        waiting, self._waiting = self._waiting, []
        for change, waiter in waiting:
            if (error := failed.get(change.session_id)) is None:
                self._waiting.append((change, waiter))
            else:
                self._deliver(change.session_id, waiter, error)


def _call(on_result: OnResult, result: Result) -> None:
    try:
        on_result(result)
    except Exception:  # it does not concern the other changes
        _logger.exception("a callback failed on the result of a change")


@asynccontextmanager
async def committing(
    store: Store, metrics: Metrics | None = None, on_broken: Callable[[], None] = lambda: None
) -> AsyncGenerator[CommitQueue]:
    """Run a `CommitQueue` while the context lasts, and commit what is queued at its end.

    If the queue fails, `on_broken` is called and the context ends with `LogBroken`.
    """
    commits = CommitQueue(store, metrics or Metrics())

    def check_end(task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            _logger.critical("the log can no longer be written", exc_info=error)
            on_broken()

    running = asyncio.create_task(commits.run())
    running.add_done_callback(check_end)
    watching = asyncio.create_task(commits.watch_for_room())
    watching.add_done_callback(check_end)
    try:
        yield commits
    finally:
        commits.close()
        watching.cancel()
        for end in await asyncio.gather(running, watching, return_exceptions=True):
            if isinstance(end, Exception):
                reason = "the gateway stopped because it could not write its log; see the log file"
                raise LogBroken(reason) from end
