"""One turn: from an accepted message to the one entry that ends it."""

import asyncio
import logging
import secrets
from contextlib import aclosing
from time import time

from tek_gateway.errors import ModelError, StoreError
from tek_gateway.log.answer_folding import Standing
from tek_gateway.log.log_entries import (
    DraftEntry,
    answer_entry,
    delta_entry,
    end_entry,
    error_entry,
    fits_frame,
    reasoning_entry,
    start_entry,
)
from tek_gateway.log.message_history import estimate_usage, is_too_old
from tek_gateway.models.choice import ModelChoice
from tek_gateway.models.protocols import Continuing, Metered, Model, Piece, ReasoningPiece
from tek_gateway.store.changes import Change, Result
from tek_gateway.store.commit_queue import CommitQueue
from tek_gateway.store.session_records import OwedTurn, TurnContext
from tek_gateway.turns.plain_stream import ANSWER_LIMIT, PlainStream, answer_too_long, split
from tek_local.crash_points import crash_point
from tek_protocol import encode
from tek_protocol.chat import Cost, Error, Status, StreamEnd, StreamStart, Usage

AHEAD_LIMIT = 256
"""Pieces that a model may be ahead of the disk."""

_logger = logging.getLogger(__name__)


class Turn:
    """Writes the answer to one message; `stream` gets each piece once it is durable."""

    def __init__(self, commits: CommitQueue, owed: OwedTurn, stream: PlainStream | None) -> None:
        self.owed = owed
        self._commits = commits
        self._stream = stream
        self._text: list[str] = []
        self._reasoning: list[str] = []
        self._usage: Usage | None = None
        self._size = 0
        self._unstored = 0
        self._all_stored: asyncio.Future[None] | None = None
        self._failure: StoreError | None = None
        self._scope: asyncio.Timeout | None = None
        self._stopped = False

    def stop(self) -> None:
        """End the turn where it is; no effect if it is about to end by itself."""
        self._stopped = True
        if self._scope is not None:
            self._scope.reschedule(asyncio.get_running_loop().time())

    async def run(self, models: ModelChoice) -> StreamEnd | Error:
        """Write the answer and its end; raises `StoreError`, and may then be run again."""
        owed = self.owed
        context = await self._commits.store.turn_context(owed, models.history_limit)
        self._restart_from(context.standing)
        if is_too_old(owed.accepted_at, time()):
            reason = "The message waited too long for its answer."
            return await self._fail(Error("TURN_ABANDONED", reason, owed.request_id))
        if (model := models.find(context.model)) is None:  # removed since the message was accepted
            return await self._fail(models.unknown_model_error(owed.request_id))
        try:
            status = await self._stream_to_end(model, context)
            await self._wait_until_stored()
        except ModelError as error:
            _logger.info("session %s: model %s: %s", owed.session_id, model.name, error.code)
            return await self._fail(Error(error.code, str(error), owed.request_id))
        except StoreError:
            raise
        except Exception:
            _logger.exception("session %s: the model failed", owed.session_id)
            reason = "The model failed. See the gateway's log."
            return await self._fail(Error("LLM_ERROR", reason, owed.request_id))
        return await self._finish(model, context, status)

    async def _stream_to_end(self, model: Model, context: TurnContext) -> Status:
        if self._stopped:
            return "stopped"
        try:
            async with asyncio.timeout(None) as self._scope:
                await self._write_pieces(model, context)
        except TimeoutError:
            if not self._stopped:
                raise
            return "stopped"
        finally:
            self._scope = None
        return "complete"

    async def _write_pieces(self, model: Model, context: TurnContext) -> None:
        owed, standing = self.owed, context.standing
        done = ""
        if isinstance(model, Continuing) and standing.model == model.name and standing.text:
            done = standing.text
            pieces = model.continue_answer(context.prompt, context.history, done)
        else:
            pieces = model.answer(context.prompt, context.history)
        if not done:
            self._restart_from(Standing())
        start = (owed.request_id, owed.session_id, model.name, standing.attempt + 1, len(done))
        self._put(start_entry(StreamStart(*start)))
        async with aclosing(pieces):
            async for piece in pieces:
                self._write(piece)
                if self._unstored >= AHEAD_LIMIT:
                    await self._wait_until_stored()

    def _restart_from(self, standing: Standing) -> None:
        """Continue after what is stored, or start again with an empty `Standing`."""
        self._text, self._reasoning = [standing.text], [standing.reasoning]
        self._size = len(standing.text) + len(standing.reasoning)
        self._usage, self._failure = None, None

    def _write(self, piece: Piece) -> None:
        match piece:
            case Usage():
                self._usage = piece
            case ReasoningPiece(text=text):
                for part in split(text):
                    self._count(part)
                    self._reasoning.append(part)
                    self._put(reasoning_entry(self.owed.request_id, part), ReasoningPiece(part))
            case text:
                for part in split(text):
                    self._count(part)
                    self._text.append(part)
                    self._put(delta_entry(self.owed.request_id, part), part)

    def _count(self, part: str) -> None:
        self._size += len(part)
        if self._size > ANSWER_LIMIT:
            raise answer_too_long()

    def _put(self, draft: DraftEntry, piece: str | ReasoningPiece = "") -> None:
        def durable(result: Result) -> None:
            self._unstored -= 1
            if isinstance(result, StoreError):
                self._failure = result
            elif self._stream is not None:
                _relay(self._stream, piece)
            if not self._unstored and self._all_stored is not None and not self._all_stored.done():
                self._all_stored.set_result(None)

        if self._failure is not None:
            raise self._failure  # the next piece would follow a gap
        self._unstored += 1
        self._commits.write(Change(self.owed.session_id, (draft,)), durable)

    async def _wait_until_stored(self) -> None:
        """Wait until every piece written so far is durable."""
        if self._unstored:
            self._all_stored = asyncio.get_running_loop().create_future()
            await self._all_stored
        if self._failure is not None:
            raise self._failure

    async def _finish(self, model: Model, context: TurnContext, status: Status) -> StreamEnd:
        text, reasoning = "".join(self._text), "".join(self._reasoning)
        usage, cost = self._consumed(model, context, reasoning + text)
        end = StreamEnd(self.owed.request_id, usage, cost, status)
        change = ending(self.owed, end, text, model.name, reasoning)
        crash_point("before-fold")
        await asyncio.shield(self._commits.submit(change))
        crash_point("after-fold")
        return end

    def _consumed(self, model: Model, context: TurnContext, written: str) -> tuple[Usage, Cost]:
        if not isinstance(model, Metered):
            return self._usage or estimate_usage(context.prompt, written), Cost()
        usage = self._usage or model.estimate(context.prompt, context.history, written)
        return usage, model.cost(usage)

    async def _fail(self, error: Error) -> Error:
        await self._wait_until_stored()
        change = Change(self.owed.session_id, (error_entry(error),), settles=self.owed.seq)
        await asyncio.shield(self._commits.submit(change))
        return error


def _relay(stream: PlainStream, piece: str | ReasoningPiece) -> None:
    match piece:
        case ReasoningPiece(text=text):
            stream.add_reasoning(text)
        case "":
            """A start, which `PlainStream.messages` sends by itself."""
        case str():
            stream.add_text(piece)


def ending(
    owed: OwedTurn, end: StreamEnd, text: str = "", model: str = "", reasoning: str = ""
) -> Change:
    """Return the change that ends a turn with `text`.

    An answer that does not fit into one frame is not folded.
    """
    answer = answer_entry(
        secrets.token_hex(16),
        owed.request_id,
        text,
        end.usage,
        end.status,
        cost=end.cost,
        model=model,
        reasoning=reasoning,
    )
    if fits_frame(answer):
        return Change(owed.session_id, (answer,), settles=owed.seq, ending=encode(end))
    return Change(owed.session_id, (end_entry(end),), settles=owed.seq)
