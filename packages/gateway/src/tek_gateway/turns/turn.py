"""One turn: from a message that is owed an answer to the one entry that ends it.

It must never write for a turn that has ended, nor tell anybody what is not durable.
"""

import asyncio
import logging
import secrets
from contextlib import aclosing
from time import time

from tek_gateway.errors import ModelError, StoreError
from tek_gateway.log import log_rules
from tek_gateway.log.log_rules import DraftEntry, Standing
from tek_gateway.models.choice import Choice
from tek_gateway.models.protocols import Continuing, Metered, Model, Piece, Thought
from tek_gateway.store.commit_queue import CommitQueue
from tek_gateway.store.store import Change, OwedTurn, Result, TurnContext
from tek_gateway.turns.plain_stream import ANSWER_LIMIT, PlainStream, split
from tek_local.crash_points import crash_point
from tek_protocol import encode
from tek_protocol.chat import Cost, Error, Status, StreamEnd, StreamStart, Usage

AHEAD_LIMIT = 256
"""Pieces that a model may be ahead of the disk."""

_logger = logging.getLogger(__name__)


class Turn:
    """The answer to one message; `listener` is told what is durable."""

    def __init__(self, journal: CommitQueue, owed: OwedTurn, listener: PlainStream | None) -> None:
        self.owed = owed
        self._journal = journal
        self._listener = listener
        self._text: list[str] = []
        self._thoughts: list[str] = []
        self._usage: Usage | None = None
        self._size = 0
        self._ahead = 0
        self._settled: asyncio.Future[None] | None = None
        self._failure: StoreError | None = None
        self._scope: asyncio.Timeout | None = None
        self._stopped = False

    def stop(self) -> None:
        """End the turn where it is; nothing happens if it is about to end by itself."""
        self._stopped = True
        if self._scope is not None:
            self._scope.reschedule(asyncio.get_running_loop().time())

    async def run(self, models: Choice) -> StreamEnd | Error:
        """Write the answer to its end; raises `StoreError`, and may then be run again."""
        owed = self.owed
        brief = await self._journal.store.brief(owed, models.reach)
        self._take_up(brief.standing)
        if log_rules.too_old(owed.accepted_at, time()):
            reason = "the message is too old to be answered now"
            return await self._fail(Error("TURN_ABANDONED", reason, owed.request_id))
        if (model := models.named(brief.model)) is None:  # it was there when that was accepted
            return await self._fail(models.refusal(owed.request_id))
        try:
            status = await self._streamed(model, brief)
            await self._settle()
        except ModelError as error:
            _logger.info("session %s: model %s: %s", owed.session_id, model.name, error.code)
            return await self._fail(Error(error.code, str(error), owed.request_id))
        except StoreError:
            raise
        except Exception:
            _logger.exception("session %s: the model broke off", owed.session_id)
            reason = "the model broke off; the log says why"
            return await self._fail(Error("LLM_ERROR", reason, owed.request_id))
        return await self._finish(model, brief, status)

    async def _streamed(self, model: Model, brief: TurnContext) -> Status:
        if self._stopped:
            return "stopped"
        try:
            async with asyncio.timeout(None) as self._scope:
                await self._stream(model, brief)
        except TimeoutError:
            if not self._stopped:
                raise
            return "stopped"
        finally:
            self._scope = None
        return "complete"

    async def _stream(self, model: Model, brief: TurnContext) -> None:
        owed, standing = self.owed, brief.standing
        done = ""
        if isinstance(model, Continuing) and standing.model == model.name and standing.text:
            done = standing.text
            pieces = model.go_on(brief.prompt, brief.history, done)
        else:
            pieces = model.answer(brief.prompt, brief.history)
        if not done:
            self._take_up(Standing())
        start = (owed.request_id, owed.session_id, model.name, standing.attempt + 1, len(done))
        self._put(log_rules.begun(StreamStart(*start)))
        async with aclosing(pieces):
            async for piece in pieces:
                self._take(piece)
                if self._ahead >= AHEAD_LIMIT:
                    await self._settle()

    def _take_up(self, standing: Standing) -> None:
        """Go on from what stands, or from nothing."""
        self._text, self._thoughts = [standing.text], [standing.reasoning]
        self._size = len(standing.text) + len(standing.reasoning)
        self._usage, self._failure = None, None

    def _take(self, piece: Piece) -> None:
        match piece:
            case Usage():
                self._usage = piece
            case Thought(text=text):
                for part in split(text):
                    self._grow(part)
                    self._thoughts.append(part)
                    self._put(log_rules.thought(self.owed.request_id, part), Thought(part))
            case text:
                for part in split(text):
                    self._grow(part)
                    self._text.append(part)
                    self._put(log_rules.grown(self.owed.request_id, part), part)

    def _grow(self, part: str) -> None:
        self._size += len(part)
        if self._size > ANSWER_LIMIT:
            reason = f"the answer is longer than {ANSWER_LIMIT} characters"
            raise ModelError(reason)

    def _put(self, draft: DraftEntry, piece: str | Thought = "") -> None:
        def durable(result: Result) -> None:
            self._ahead -= 1
            if isinstance(result, StoreError):
                self._failure = result
            elif self._listener is not None:
                _tell(self._listener, piece)
            if not self._ahead and self._settled is not None and not self._settled.done():
                self._settled.set_result(None)

        if self._failure is not None:
            raise self._failure  # what comes now would stand where a piece is missing
        self._ahead += 1
        self._journal.write(Change(self.owed.session_id, (draft,)), durable)

    async def _settle(self) -> None:
        """Wait until all that was written is durable."""
        if self._ahead:
            self._settled = asyncio.get_running_loop().create_future()
            await self._settled
        if self._failure is not None:
            raise self._failure

    async def _finish(self, model: Model, brief: TurnContext, status: Status) -> StreamEnd:
        text, thoughts = "".join(self._text), "".join(self._thoughts)
        usage, cost = self._consumed(model, brief, thoughts + text)
        end = StreamEnd(self.owed.request_id, usage, cost, status)
        change = ending(self.owed, end, text, model.name, thoughts)
        crash_point("before-fold")
        await asyncio.shield(self._journal.submit(change))
        crash_point("after-fold")
        return end

    def _consumed(self, model: Model, brief: TurnContext, written: str) -> tuple[Usage, Cost]:
        if not isinstance(model, Metered):
            return self._usage or log_rules.usage_of(brief.prompt, written), Cost()
        usage = self._usage or model.estimate(brief.prompt, brief.history, written)
        return usage, model.cost(usage)

    async def _fail(self, error: Error) -> Error:
        await self._settle()
        change = Change(self.owed.session_id, (log_rules.failed(error),), settles=self.owed.seq)
        await asyncio.shield(self._journal.submit(change))
        return error


def _tell(listener: PlainStream, piece: str | Thought) -> None:
    match piece:
        case Thought(text=text):
            listener.think(text)
        case "":
            """It was a start, which a plain client is told of at once."""
        case str():
            listener.grow(piece)


def ending(
    owed: OwedTurn, end: StreamEnd, text: str = "", model: str = "", reasoning: str = ""
) -> Change:
    """Return how a turn is written that ends with `text`.

    An answer that would not go into one frame is not folded.
    """
    fold = log_rules.finished(
        secrets.token_hex(16),
        owed.request_id,
        text,
        end.usage,
        end.status,
        cost=end.cost,
        model=model,
        reasoning=reasoning,
    )
    if log_rules.fits(fold):
        return Change(owed.session_id, (fold,), settles=owed.seq, ending=encode(end))
    return Change(owed.session_id, (log_rules.ended(end),), settles=owed.seq)
