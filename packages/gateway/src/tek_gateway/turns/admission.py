"""Which messages and sessions the gateway accepts, and the error for the others."""

import asyncio
import secrets
from dataclasses import replace
from datetime import UTC, datetime
from time import time

from tek_gateway.errors import StorageFull, StoreError
from tek_gateway.log.log_entries import accepted_entry, fits_frame
from tek_gateway.store.changes import Change
from tek_gateway.store.session_records import SessionRecord
from tek_gateway.turns.plain_stream import PlainStream
from tek_gateway.turns.scheduler import Scheduler
from tek_gateway.turns.store_failure import not_stored
from tek_protocol.chat import ChatSend, Error

QUEUE_LIMIT = 1000
"""Messages of one session that may wait for their turns."""

EMPTY_AGE = 3600.0
"""Seconds after which an empty session may be deleted to make room for another."""


class Admission:
    """Checks limits and models, and hands what it accepts to the scheduler."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        self._commits = scheduler.commits
        self._models = scheduler.models
        self._limits = scheduler.limits

    async def open(self, request_id: str, principal: str) -> SessionRecord | Error:
        """Create an empty session, or return why not."""
        session = _new_session(self._models.default.name, principal)
        try:
            if (refusal := await self._check_session_limit(request_id, principal)) is not None:
                return refusal
            await asyncio.shield(self._commits.submit(Change(session.session_id, creates=session)))
        except StoreError as error:
            return not_stored(request_id, error)
        return session

    async def accept(self, send: ChatSend, principal: str) -> PlainStream | Error:
        """Accept a plain client's message and start its turn, or return why not."""
        if (refusal := self._check_message(send)) is not None:
            return refusal
        if self._scheduler.active_sessions >= self._limits.turns:
            return Error("TURNS_FULL", "The gateway is busy. Try again in a moment.", send.id)
        try:
            if send.session_id:
                return await self._continue_session(send, principal)
            refusal = await self._check_session_limit(send.id, principal)
            return refusal or await self._open_session(send, principal)
        except StoreError as error:
            return not_stored(send.id, error)

    async def enqueue(
        self, session_id: str, send: ChatSend, refusal: Error | None = None
    ) -> Error | None:
        """Accept a message into a session's queue, or return why not.

        A message that the session already has is accepted again without effect, even with a
        `refusal`.
        """
        try:
            refusal = refusal or self._check_message(send) or self._check_queue(session_id, send)
            if refusal is not None:
                is_known = await self._commits.store.knows(session_id, send.id)
                return None if is_known else refusal
            await asyncio.shield(self._scheduler.submit(send, session_id, once=True))
        except StoreError as error:
            return not_stored(send.id, error)
        return None

    async def _open_session(self, send: ChatSend, principal: str) -> PlainStream:
        session = _new_session(self._model_name(send), principal)
        stream = PlainStream(send.id, session, opens_session=True)
        stored = self._scheduler.submit(send, session.session_id, creates=session, stream=stream)
        await asyncio.shield(stored)
        return stream

    async def _continue_session(self, send: ChatSend, principal: str) -> PlainStream | Error:
        session = await self._commits.store.find(send.session_id, principal)
        if session is None:
            return Error("SESSION_NOT_FOUND", "No such session.", send.id)
        queue = self._scheduler.queue(session.session_id)
        if queue is not None and (queue.pending or queue.streams):
            reason = "The session's last message is still being answered."
            return Error("STREAM_IN_PROGRESS", reason, send.id)
        session = replace(session, model=self._model_name(send))
        stream = PlainStream(send.id, session, opens_session=False)
        await asyncio.shield(self._scheduler.submit(send, session.session_id, stream=stream))
        return stream

    def _model_name(self, send: ChatSend) -> str:
        return (self._models.find(send.model) or self._models.default).name

    # ---- Checks --------------------------------------------------------------------------------

    def _check_message(self, send: ChatSend) -> Error | None:
        if self._models.find(send.model) is None:
            return self._models.unknown_model_error(send.id)
        return not_stored(send.id, StorageFull()) if self._commits.is_full else None

    def _check_queue(self, session_id: str, send: ChatSend) -> Error | None:
        queue = self._scheduler.queue(session_id)
        if queue is not None and queue.length >= QUEUE_LIMIT:
            reason = "Too many messages wait for an answer. Try again later."
            return Error("QUEUE_FULL", reason, send.id)
        if not fits_frame(accepted_entry(send)):
            return Error("MESSAGE_TOO_LARGE", "The message does not fit into one frame.", send.id)
        return None

    async def _check_session_limit(self, request_id: str, principal: str) -> Error | None:
        """Return why `principal` may not open a session; old empty ones are deleted first."""
        store, limit = self._commits.store, self._limits.sessions
        if await store.count_of(principal) < limit:
            return None
        empty = await store.empty_of(principal, time() - EMPTY_AGE)
        unused = [session for session in empty if not self._commits.is_followed(session)]
        await asyncio.gather(*map(self._scheduler.delete, unused))
        if await store.count_of(principal) < limit:
            return None
        reason = f"The limit of {limit} sessions is reached. Delete some first."
        return Error("SESSIONS_FULL", reason, request_id)


def _new_session(model: str, principal: str) -> SessionRecord:
    session_id = secrets.token_hex(16)  # 128 bits: nobody guesses another's session
    created_at = datetime.now(UTC).isoformat(timespec="milliseconds")
    return SessionRecord(session_id, f"session:{session_id[:8]}", model, created_at, principal)
