"""Turns: from a message that was accepted to the end of its answer, whoever is still listening.

It must never wait for a reader, nor tell a client what is not yet stored.
"""

import asyncio
import logging
import secrets
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime

from tek_gateway import log
from tek_gateway.activity import Activity
from tek_gateway.errors import ModelError, StoreError
from tek_gateway.log import Draft, Message
from tek_gateway.models import Model
from tek_gateway.store import Session, Store
from tek_gateway.turn import Turn
from tek_protocol.chat import ChatSend, Cost, Error, StreamEnd

TURNS_LIMIT = 1000
"""How many turns run at once, all sessions together: each keeps its answer in memory."""

_logger = logging.getLogger(__name__)


class Turns:
    """Accepts messages and runs their turns, one a session at a time."""

    def __init__(self, store: Store, model: Model, activity: Activity) -> None:
        self._store = store
        self._model = model
        self._activity = activity
        self._running: dict[str, asyncio.Task[None] | None] = {}

    async def accept(self, send: ChatSend) -> Turn | Error:
        """Store `send` and start its turn, or say why not."""
        if (refusal := self._refusal(send)) is not None:
            return refusal
        try:
            return await (self._continue(send) if send.session_id else self._open(send))
        except StoreError as error:
            return _not_stored(send.id, error)

    async def stop(self) -> None:
        """Break off every turn; what was accepted stays stored."""
        tasks = [task for task in self._running.values() if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _refusal(self, send: ChatSend) -> Error | None:
        if send.model and send.model != self._model.name:
            reason = f"this gateway answers with the model {self._model.name!r} only"
            return Error("PROVIDER_NOT_CONFIGURED", reason, send.id)
        if len(self._running) >= TURNS_LIMIT:
            return Error("LLM_ERROR", "too many answers are being written; try again", send.id)
        return None

    async def _open(self, send: ChatSend) -> Turn:
        session = _new_session(self._model.name)
        await self._store.create(session, [log.accepted(send)])
        turn = Turn(send.id, session, opens_session=True)
        self._start(turn, send.content, ())
        return turn

    async def _continue(self, send: ChatSend) -> Turn | Error:
        session = await self._store.find(send.session_id)
        if session is None:
            return Error("SESSION_NOT_FOUND", "there is no such session", send.id)
        if session.session_id in self._running:
            return Error("STREAM_IN_PROGRESS", "the session is still being answered", send.id)
        self._running[session.session_id] = None  # taken before anything else can run
        try:
            history = await self._store.context(session.session_id)
            await self._store.append(session.session_id, [log.accepted(send)])
        except BaseException:
            del self._running[session.session_id]
            raise
        turn = Turn(send.id, replace(session, model=self._model.name), opens_session=False)
        self._start(turn, send.content, history)
        return turn

    def _start(self, turn: Turn, prompt: str, history: Sequence[Message]) -> None:
        session_id = turn.session.session_id
        running = asyncio.create_task(self._run(turn, prompt, history))
        self._running[session_id] = running

        def ended(task: asyncio.Task[None]) -> None:
            # `_run` has freed the session unless it was cancelled; the next turn may have it now.
            if self._running.get(session_id) is task:
                del self._running[session_id]

        running.add_done_callback(ended)

    async def _run(self, turn: Turn, prompt: str, history: Sequence[Message]) -> None:
        with self._activity.busy():
            end, draft = await self._answer(turn, prompt, history)
            try:
                await self._store.append(turn.session.session_id, [draft])
            except StoreError as error:
                end = _not_stored(turn.request_id, error)
            # Freed first: a client may send its next message as soon as it sees the end.
            self._running.pop(turn.session.session_id, None)
            turn.finish(end)

    async def _answer(
        self, turn: Turn, prompt: str, history: Sequence[Message]
    ) -> tuple[StreamEnd | Error, Draft]:
        try:
            async with aclosing(self._model.answer(prompt, history)) as pieces:
                async for piece in pieces:
                    turn.grow(piece)
        except ModelError as error:
            failure = Error("LLM_ERROR", str(error), turn.request_id)
            return failure, log.failed(failure)
        except Exception:
            _logger.exception("session %s: the model broke off", turn.session.session_id)
            failure = Error("LLM_ERROR", "the model broke off; the log says why", turn.request_id)
            return failure, log.failed(failure)
        usage = log.usage_of(prompt, turn.text)
        draft = log.finished(secrets.token_hex(16), turn.request_id, turn.text, usage)
        return StreamEnd(turn.request_id, usage, Cost()), draft


def _new_session(model: str) -> Session:
    session_id = secrets.token_hex(16)  # 128 bits: nobody guesses another's session
    created_at = datetime.now(UTC).isoformat(timespec="milliseconds")
    return Session(session_id, f"session:{session_id[:8]}", model, created_at)


def _not_stored(request_id: str, error: StoreError) -> Error:
    _logger.error("the store failed: %s", error)
    return Error("STORE_FAILED", "the gateway could not store the message", request_id)
