"""Turns: which messages are accepted, and in which order they are answered, whoever listens.

It must never wait for a reader, nor run two turns of one session at once.
"""

import asyncio
import logging
import secrets
from collections import deque
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from time import time

from tek_gateway.errors import SessionFull, StorageFull, StoreError
from tek_gateway.host.activity import Activity
from tek_gateway.limits import ServerLimits
from tek_gateway.log import log_rules
from tek_gateway.log.log_rules import Entry
from tek_gateway.models.choice import Choice
from tek_gateway.store.commit_queue import CommitQueue
from tek_gateway.store.store import Change, OwedTurn, SessionRecord
from tek_gateway.turns.plain_stream import PlainStream
from tek_gateway.turns.turn import Turn, ending
from tek_protocol.chat import ChatSend, Error, StreamEnd

QUEUE_LIMIT = 1000
"""Messages of one session that wait for their turns."""

EMPTY_AGE = 3600.0
"""Seconds after which a session that nothing was said in makes room for another."""

RETRY_DELAY = 1.0
"""Seconds before a turn goes on that the store broke off."""

_logger = logging.getLogger(__name__)


class SessionQueue:
    """The messages of one session that are owed an answer; the first one's turn runs.

    `coming` counts those that are being accepted. `listeners` are the plain clients' turns, which
    run one at a time; others wait behind whatever runs.
    """

    def __init__(self, session_id: str) -> None:
        self.session_id = session_id
        self.queue: deque[OwedTurn] = deque()
        self.listeners: dict[int, PlainStream] = {}
        self.coming = 0
        self.answer: Turn | None = None
        self.task: asyncio.Task[None] | None = None

    @property
    def length(self) -> int:
        """Return how many messages wait, or will."""
        return self.coming + len(self.queue)


class Scheduler:
    """Accepts messages and runs their turns, one a session at a time."""

    def __init__(
        self,
        journal: CommitQueue,
        models: Choice,
        activity: Activity,
        limits: ServerLimits | None = None,
    ) -> None:
        self.models = models
        self._journal = journal
        self._activity = activity
        self._limits = limits or ServerLimits()
        self._lines: dict[str, SessionQueue] = {}
        self._slots = asyncio.Semaphore(self._limits.turns)

    @property
    def running(self) -> int:
        """Return in how many sessions a turn runs or waits."""
        return len(self._lines)

    async def recover(self) -> None:
        """Go on with the turns that were running or waiting when the gateway last ended.

        A plain client's turn is ended with the text that it has: nobody would hear the rest of it,
        and its client's next message would have to wait for that.
        """
        owed = await self._journal.store.owed()
        for one in owed:
            self._line(one.session_id).queue.append(one)
        for line in self._lines.values():
            self._start(line)
        if owed:
            _logger.info("%d turns go on, in %d sessions", len(owed), len(self._lines))

    async def open(self, request_id: str, principal: str) -> SessionRecord | Error:
        """Make a session that holds nothing yet, or say why not."""
        session = _new_session(self.models.default.name, principal)
        try:
            if (refusal := await self._no_session(request_id, principal)) is not None:
                return refusal
            await asyncio.shield(self._journal.submit(Change(session.session_id, creates=session)))
        except StoreError as error:
            return not_stored(request_id, error)
        return session

    async def accept(self, send: ChatSend, principal: str) -> PlainStream | Error:
        """Accept a plain client's message and start its turn, or say why not."""
        if (refusal := self._refusal(send)) is not None:
            return refusal
        if len(self._lines) >= self._limits.turns:
            return Error("TURNS_FULL", "too many answers are being written; try again", send.id)
        try:
            if send.session_id:
                return await self._continue(send, principal)
            return await self._no_session(send.id, principal) or await self._open(send, principal)
        except StoreError as error:
            return not_stored(send.id, error)

    async def enqueue(
        self, session_id: str, send: ChatSend, refusal: Error | None = None
    ) -> Error | None:
        """Accept a message into a session's queue, once however often it comes, or say why not.

        With a `refusal` only what the session has already is accepted.
        """
        try:
            refusal = refusal or self._refusal(send) or self._no_room(session_id, send)
            if refusal is not None:
                known = await self._journal.store.knows(session_id, send.id)
                return None if known else refusal
            await asyncio.shield(self._take(send, session_id, once=True))
        except StoreError as error:
            return not_stored(send.id, error)
        return None

    async def stop_turn(self, session_id: str, request_id: str) -> bool:
        """End the turn of `request_id`, begun or not; False if there is none.

        Raises `StoreError`.
        """
        line = self._lines.get(session_id)
        waiting = (
            () if line is None else (one for one in line.queue if one.request_id == request_id)
        )
        owed = next(iter(waiting), None)
        if line is None or owed is None:
            return False
        if line.answer is not None and line.answer.owed == owed:
            line.answer.stop()
        else:
            await self._withdraw(line, owed)
        return True

    async def rename(self, session_id: str, title: str) -> None:
        """Give a session a title; raises `StoreError`."""
        await asyncio.shield(self._journal.submit(Change(session_id, title=title)))

    async def delete(self, session_id: str) -> bool:
        """Delete a session; False if a turn of it is owed. Raises `StoreError`."""
        if session_id in self._lines:
            return False
        await asyncio.shield(self._journal.submit(Change(session_id, deletes=True)))
        return True

    async def stop(self) -> None:
        """Break off every turn; they go on when the gateway is started again."""
        tasks = [line.task for line in self._lines.values() if line.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # ---- Accepting -----------------------------------------------------------------------------

    def _refusal(self, send: ChatSend) -> Error | None:
        if self.models.named(send.model) is None:
            return self.models.refusal(send.id)
        return not_stored(send.id, StorageFull()) if self._journal.is_full else None

    async def _no_session(self, request_id: str, principal: str) -> Error | None:
        """Return why a principal may have no further session, once the empty ones are gone."""
        store, most = self._journal.store, self._limits.sessions
        if await store.count_of(principal) < most:
            return None
        empty = await store.empty_of(principal, time() - EMPTY_AGE)
        gone = [self.delete(each) for each in empty if not self._journal.is_followed(each)]
        await asyncio.gather(*gone)
        if await store.count_of(principal) < most:
            return None
        reason = f"there are {most} sessions, as many as there may be; delete some"
        return Error("SESSIONS_FULL", reason, request_id)

    def _no_room(self, session_id: str, send: ChatSend) -> Error | None:
        line = self._lines.get(session_id)
        if line is not None and line.length >= QUEUE_LIMIT:
            return Error("QUEUE_FULL", "too many messages wait for an answer; try again", send.id)
        if not log_rules.fits(log_rules.accepted(send)):
            return Error("MESSAGE_TOO_LARGE", "the message does not fit into one frame", send.id)
        return None

    def _model_for(self, send: ChatSend) -> str:
        return (self.models.named(send.model) or self.models.default).name

    async def _open(self, send: ChatSend, principal: str) -> PlainStream:
        session = _new_session(self._model_for(send), principal)
        turn = PlainStream(send.id, session, opens_session=True)
        await asyncio.shield(self._take(send, session.session_id, creates=session, listener=turn))
        return turn

    async def _continue(self, send: ChatSend, principal: str) -> PlainStream | Error:
        session = await self._journal.store.find(send.session_id, principal)
        if session is None:
            return Error("SESSION_NOT_FOUND", "there is no such session", send.id)
        line = self._lines.get(session.session_id)
        if line is not None and (line.coming or line.listeners):
            return Error("STREAM_IN_PROGRESS", "the session is still being answered", send.id)
        turn = PlainStream(
            send.id, replace(session, model=self._model_for(send)), opens_session=False
        )
        await asyncio.shield(self._take(send, session.session_id, listener=turn))
        return turn

    def _take(
        self,
        send: ChatSend,
        session_id: str,
        *,
        once: bool = False,
        creates: SessionRecord | None = None,
        listener: PlainStream | None = None,
    ) -> asyncio.Future[tuple[Entry, ...]]:
        """Have `send` stored, and its turn run after that, whoever still waits for it then."""
        now = time()
        line = self._line(session_id)
        line.coming += 1
        plain = listener is not None
        change = Change(
            session_id,
            (log_rules.accepted(send),),
            creates,
            once=once,
            owed_since=now,
            plain=plain,
            largest=self._limits.session_bytes,
        )
        future = self._journal.submit(change)

        def stored(_: object) -> None:
            line.coming -= 1
            entries = () if future.exception() else future.result()
            for entry in entries:
                line.queue.append(OwedTurn(session_id, entry.seq, send.id, now, plain))
                if listener is not None:
                    line.listeners[entry.seq] = listener
            self._start(line)

        future.add_done_callback(stored)
        return future

    # ---- Running -------------------------------------------------------------------------------

    def _line(self, session_id: str) -> SessionQueue:
        return self._lines.setdefault(session_id, SessionQueue(session_id))

    def _start(self, line: SessionQueue) -> None:
        """Run the line's turns, if any, or forget a line that nobody stands in."""
        if line.task is None and line.queue:
            line.task = asyncio.create_task(self._run(line))  # `stop` awaits it
        elif line.task is None and not line.length:
            del self._lines[line.session_id]

    async def _run(self, line: SessionQueue) -> None:
        with self._activity.busy():
            while line.queue:
                owed = line.queue[0]
                listener = line.listeners.get(owed.seq)
                line.answer = Turn(self._journal, owed, listener)
                if owed.plain and listener is None:
                    line.answer.stop()
                end = await self._answered(line.answer, listener)
                self._journal.metrics.turns[_kind(end)] += 1
                line.answer = None
                line.queue.popleft()
                line.listeners.pop(owed.seq, None)
                if not line.queue:
                    self._rest(line)
                if listener is not None:  # last: its client may send the next message at once
                    listener.finish(end)
        self._rest(line)

    def _rest(self, line: SessionQueue) -> None:
        """Say that no turn of `line` runs, unless another task has begun to run them."""
        if line.task is asyncio.current_task():
            line.task = None
            self._start(line)

    async def _answered(self, answer: Turn, listener: PlainStream | None) -> StreamEnd | Error:
        """Run `answer` until its end is stored, however often the store breaks it off."""
        while True:
            try:
                async with self._slots:
                    return await answer.run(self.models)
            except StoreError as error:
                failure = not_stored(answer.owed.request_id, error)
            if listener is not None:
                listener.finish(failure)
            await self._journal.room()
            await asyncio.sleep(RETRY_DELAY)

    async def _withdraw(self, line: SessionQueue, owed: OwedTurn) -> None:
        """End the turn of a message that has not begun."""
        change = ending(owed, StreamEnd(owed.request_id, status="stopped"))
        line.queue.remove(owed)
        line.coming += 1
        future = self._journal.submit(change)
        future.add_done_callback(partial(self._withdrawn, line, owed))
        await asyncio.shield(future)

    def _withdrawn(
        self, line: SessionQueue, owed: OwedTurn, future: asyncio.Future[tuple[Entry, ...]]
    ) -> None:
        line.coming -= 1
        if future.exception() is not None:
            line.queue.append(owed)
        self._start(line)


def not_stored(request_id: str, error: StoreError) -> Error:
    """Return what whoever sent `request_id` is told of a failing store, and log it."""
    if isinstance(error, SessionFull):
        reason = "the session is as large as it may be; go on in a new one"
        return Error("SESSION_FULL", reason, request_id)
    if isinstance(error, StorageFull):  # logged once, and not for everybody who is told of it
        reason = "the gateway's disk is full; send it again when there is room"
        return Error("STORAGE_FULL", reason, request_id)
    _logger.error("the store failed: %s", error)
    return Error("STORE_FAILED", "the gateway could not store the message", request_id)


def _kind(end: StreamEnd | Error) -> str:
    return end.code if isinstance(end, Error) else end.status


def _new_session(model: str, principal: str) -> SessionRecord:
    session_id = secrets.token_hex(16)  # 128 bits: nobody guesses another's session
    created_at = datetime.now(UTC).isoformat(timespec="milliseconds")
    return SessionRecord(session_id, f"session:{session_id[:8]}", model, created_at, principal)
