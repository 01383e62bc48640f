"""One turn: from a message that is owed an answer to the one entry that ends it.

It must never write for a turn that has ended, nor tell anybody what is not durable.
"""

import asyncio
import logging
import secrets
from contextlib import aclosing
from time import time

from tek_gateway import log
from tek_gateway.crash_points import crash_point
from tek_gateway.errors import ModelError, StoreError
from tek_gateway.journal import Journal
from tek_gateway.log import Draft, Entry
from tek_gateway.models import Continuing, Model
from tek_gateway.store import Brief, Change, Owed
from tek_gateway.turn import ANSWER_LIMIT, Turn, split
from tek_protocol import encode
from tek_protocol.chat import Cost, Error, Status, StreamEnd, StreamStart

AHEAD_LIMIT = 256
"""Pieces that a model may be ahead of the disk."""

_logger = logging.getLogger(__name__)


class Answer:
    """The answer to one message; `listener` is told what is durable."""

    def __init__(self, journal: Journal, owed: Owed, listener: Turn | None) -> None:
        self.owed = owed
        self._journal = journal
        self._listener = listener
        self._text: list[str] = []
        self._size = 0
        self._ahead = 0
        self._latest: asyncio.Future[tuple[Entry, ...]] | None = None
        self._scope: asyncio.Timeout | None = None
        self._stopped = False

    def stop(self) -> None:
        """End the turn where it is; nothing happens if it is about to end by itself."""
        self._stopped = True
        if self._scope is not None:
            self._scope.reschedule(asyncio.get_running_loop().time())

    async def run(self, model: Model) -> StreamEnd | Error:
        """Write the answer to its end; raises `StoreError`, and may then be run again."""
        owed = self.owed
        brief = await self._journal.store.brief(owed)
        self._text, self._latest = [brief.standing.text], None
        if log.too_old(owed.accepted_at, time()):
            reason = "the message is too old to be answered now"
            return await self._fail(Error("TURN_ABANDONED", reason, owed.request_id))
        try:
            status = await self._streamed(model, brief)
            await self._settle()
        except ModelError as error:
            return await self._fail(Error("LLM_ERROR", str(error), owed.request_id))
        except StoreError:
            raise
        except Exception:
            _logger.exception("session %s: the model broke off", owed.session_id)
            reason = "the model broke off; the log says why"
            return await self._fail(Error("LLM_ERROR", reason, owed.request_id))
        return await self._finish(brief.prompt, status)

    async def _streamed(self, model: Model, brief: Brief) -> Status:
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

    async def _stream(self, model: Model, brief: Brief) -> None:
        owed, standing = self.owed, brief.standing
        done = ""
        if isinstance(model, Continuing) and standing.model == model.name and standing.text:
            done = standing.text
            pieces = model.go_on(brief.prompt, brief.history, done)
        else:
            pieces = model.answer(brief.prompt, brief.history)
        self._text, self._size = [done], len(done)
        start = (owed.request_id, owed.session_id, model.name, standing.attempt + 1, len(done))
        self._put(log.begun(StreamStart(*start)))
        async with aclosing(pieces):
            async for piece in pieces:
                for part in split(piece):
                    self._grow(part)
                if self._ahead >= AHEAD_LIMIT:
                    await self._settle()

    def _grow(self, piece: str) -> None:
        self._size += len(piece)
        if self._size > ANSWER_LIMIT:
            reason = f"the answer is longer than {ANSWER_LIMIT} characters"
            raise ModelError(reason)
        self._text.append(piece)
        self._put(log.grown(self.owed.request_id, piece), piece)

    def _put(self, draft: Draft, piece: str = "") -> None:
        """Have `draft` written; raises `StoreError` if what comes before it was not."""

        def durable(future: asyncio.Future[tuple[Entry, ...]]) -> None:
            self._ahead -= 1
            if future.exception() is None and piece and self._listener is not None:
                self._listener.grow(piece)

        self._check()
        self._ahead += 1
        self._latest = self._journal.submit(Change(self.owed.session_id, (draft,)))
        self._latest.add_done_callback(durable)

    async def _settle(self) -> None:
        """Wait until all that was written is durable; what is committed later is told later."""
        if self._latest is not None:
            await asyncio.wait((self._latest,))
            self._check()

    def _check(self) -> None:
        """Raise `StoreError` if a piece could not be written: the journal fails the later ones."""
        latest = self._latest
        if latest is not None and latest.done() and (error := latest.exception()) is not None:
            raise error

    async def _finish(self, prompt: str, status: Status) -> StreamEnd:
        change, end = ending(self.owed, prompt, "".join(self._text), status)
        crash_point("before-fold")
        await asyncio.shield(self._journal.submit(change))
        crash_point("after-fold")
        return end

    async def _fail(self, error: Error) -> Error:
        await self._settle()
        change = Change(self.owed.session_id, (log.failed(error),), settles=self.owed.seq)
        await asyncio.shield(self._journal.submit(change))
        return error


def ending(owed: Owed, prompt: str, text: str, status: Status) -> tuple[Change, StreamEnd]:
    """Return how a turn that ends with `text` is written, and what is said of it.

    An answer that would not go into one frame is not folded.
    """
    usage = log.usage_of(prompt, text)
    end = StreamEnd(owed.request_id, usage, Cost(), status)
    fold = log.finished(secrets.token_hex(16), owed.request_id, text, usage, status)
    if log.fits(fold):
        return Change(owed.session_id, (fold,), settles=owed.seq, ending=encode(end)), end
    return Change(owed.session_id, (log.ended(end),), settles=owed.seq), end
