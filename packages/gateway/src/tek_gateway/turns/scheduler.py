"""Runs the turns: one at a time in each session, whether or not a client listens."""

import asyncio
import logging
from functools import partial
from time import time

from tek_gateway.errors import StoreError
from tek_gateway.host.activity import Activity
from tek_gateway.limits import ServerLimits
from tek_gateway.log.log_entries import Entry, accepted_entry
from tek_gateway.models.choice import ModelChoice
from tek_gateway.store.changes import Change
from tek_gateway.store.commit_queue import CommitQueue
from tek_gateway.store.session_records import OwedTurn, SessionRecord
from tek_gateway.turns.plain_stream import PlainStream
from tek_gateway.turns.session_queue import SessionQueue
from tek_gateway.turns.store_failure import not_stored
from tek_gateway.turns.turn import Turn, ending
from tek_protocol.chat import ChatSend, Error, StreamEnd

RETRY_DELAY = 1.0
"""Seconds before a turn continues that was interrupted by the store."""

_logger = logging.getLogger(__name__)


class Scheduler:
    """Stores accepted messages and runs their turns; `Admission` decides what is accepted."""

    def __init__(
        self,
        commits: CommitQueue,
        models: ModelChoice,
        activity: Activity,
        limits: ServerLimits | None = None,
    ) -> None:
        self.commits = commits
        self.models = models
        self.limits = limits or ServerLimits()
        self._activity = activity
        self._queues: dict[str, SessionQueue] = {}
        self._slots = asyncio.Semaphore(self.limits.turns)

    @property
    def active_sessions(self) -> int:
        """Return how many sessions have a turn that runs or waits."""
        return len(self._queues)

    def queue(self, session_id: str) -> SessionQueue | None:
        """Return the queue of a session; None if no turn of it runs or waits."""
        return self._queues.get(session_id)

    async def recover(self) -> None:
        """Continue the turns that were running or waiting when the gateway last stopped.

        A plain client's turn ends with the text that it has: the client cannot receive the rest,
        and its next message would have to wait for it.
        """
        all_owed = await self.commits.store.owed()
        for owed in all_owed:
            self._queue_of(owed.session_id).owed.append(owed)
        for queue in self._queues.values():
            self._start_or_drop(queue)
        if all_owed:
            _logger.info("%d turns continue, in %d sessions", len(all_owed), len(self._queues))

    def submit(
        self,
        send: ChatSend,
        session_id: str,
        *,
        once: bool = False,
        creates: SessionRecord | None = None,
        stream: PlainStream | None = None,
    ) -> asyncio.Future[tuple[Entry, ...]]:
        """Store `send` and run its turn after that, even if the caller no longer waits.

        The result raises `StoreError` if the message could not be stored.
        """
        now = time()
        queue = self._queue_of(session_id)
        queue.pending += 1
        is_plain = stream is not None
        change = Change(
            session_id,
            (accepted_entry(send),),
            creates,
            once=once,
            owed_since=now,
            plain=is_plain,
            largest=self.limits.session_bytes,
        )
        future = self.commits.submit(change)

        def stored(_: object) -> None:
            queue.pending -= 1
            entries = () if future.exception() else future.result()
            for entry in entries:
                queue.owed.append(OwedTurn(session_id, entry.seq, send.id, now, is_plain))
                if stream is not None:
                    queue.streams[entry.seq] = stream
            self._start_or_drop(queue)

        future.add_done_callback(stored)
        return future

    async def stop_turn(self, session_id: str, request_id: str) -> bool:
        """End the turn of `request_id`, started or not; return False if there is none.

        Raises `StoreError`.
        """
        queue = self.queue(session_id)
        if queue is None or (owed := queue.find(request_id)) is None:
            return False
        if queue.turn is not None and queue.turn.owed == owed:
            queue.turn.stop()
        else:
            await self._withdraw(queue, owed)
        return True

    async def rename(self, session_id: str, title: str) -> None:
        """Give a session a title; raises `StoreError`."""
        await asyncio.shield(self.commits.submit(Change(session_id, title=title)))

    async def delete(self, session_id: str) -> bool:
        """Delete a session; return False if it is owed a turn. Raises `StoreError`."""
        if session_id in self._queues:
            return False
        await asyncio.shield(self.commits.submit(Change(session_id, deletes=True)))
        return True

    async def stop(self) -> None:
        """Interrupt every turn; they continue when the gateway is started again."""
        tasks = [queue.task for queue in self._queues.values() if queue.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # ---- Running -------------------------------------------------------------------------------

    def _queue_of(self, session_id: str) -> SessionQueue:
        return self._queues.setdefault(session_id, SessionQueue(session_id))

    def _start_or_drop(self, queue: SessionQueue) -> None:
        """Run the queue's turns, if it has any; drop an unused queue."""
        if queue.task is None and queue.owed:
            queue.task = asyncio.create_task(self._run(queue))  # `stop` awaits it
        elif queue.is_unused:
            del self._queues[queue.session_id]

    async def _run(self, queue: SessionQueue) -> None:
        with self._activity.busy():
            while queue.owed:
                owed = queue.owed[0]
                stream = queue.streams.get(owed.seq)
                queue.turn = Turn(self.commits, owed, stream)
                if owed.plain and stream is None:
                    queue.turn.stop()
                end = await self._run_until_stored(queue.turn, stream)
                self.commits.metrics.turns[_metric_label(end)] += 1
                queue.remove_first()
                if not queue.owed:
                    self._finish(queue)
                if stream is not None:  # last: its client may send the next message at once
                    stream.finish(end)
        self._finish(queue)

    def _finish(self, queue: SessionQueue) -> None:
        """Mark the queue as not running, unless another task has taken it over."""
        if queue.task is asyncio.current_task():
            queue.task = None
            self._start_or_drop(queue)

    async def _run_until_stored(self, turn: Turn, stream: PlainStream | None) -> StreamEnd | Error:
        """Run `turn` until its end is stored, however often the store interrupts it."""
        while True:
            try:
                async with self._slots:
                    return await turn.run(self.models)
            except StoreError as error:
                failure = not_stored(turn.owed.request_id, error)
            if stream is not None:
                stream.finish(failure)
            await self.commits.wait_for_room()
            await asyncio.sleep(RETRY_DELAY)

    async def _withdraw(self, queue: SessionQueue, owed: OwedTurn) -> None:
        """End a turn that has not started."""
        change = ending(owed, StreamEnd(owed.request_id, status="stopped"))
        queue.owed.remove(owed)
        queue.pending += 1
        future = self.commits.submit(change)
        future.add_done_callback(partial(self._withdrawn, queue, owed))
        await asyncio.shield(future)

    def _withdrawn(
        self, queue: SessionQueue, owed: OwedTurn, future: asyncio.Future[tuple[Entry, ...]]
    ) -> None:
        queue.pending -= 1
        if future.exception() is not None:
            queue.owed.append(owed)
        self._start_or_drop(queue)


def _metric_label(end: StreamEnd | Error) -> str:
    return end.code if isinstance(end, Error) else end.status
