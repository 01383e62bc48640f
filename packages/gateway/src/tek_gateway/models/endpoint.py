"""Models behind OpenAI-compatible endpoints: what they are asked, and when again.

`openai_wire` is imported with the first question, since its library takes a second to import.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING

from tek_gateway.config_file import Endpoint
from tek_gateway.log.log_entries import Message
from tek_gateway.models.api_key import read_key
from tek_gateway.models.context_window import Said, conversation, tokens, tokens_of
from tek_gateway.models.failures import Passing
from tek_gateway.models.protocols import Piece
from tek_protocol.chat import Cost, Usage

if TYPE_CHECKING:
    from tek_gateway.models.openai_wire import Wire

RETRY_DELAY = 1.0
RETRY_LIMIT = 30.0
"""Seconds before the one retry; who wants to be left alone for longer is."""

HISTORY_LIMIT = 2_000_000
"""Characters of a history that are looked at, however large the window is."""

_LONGEST_TOKEN = 4
"""Characters: a window of so many tokens holds no more than that each."""

_GO_ON = {"continue_final_message": True, "add_generation_prompt": False}
"""What vLLM, SGLang and llama.cpp need to continue an answer; others ignore it."""

_logger = logging.getLogger(__name__)


class CompletionsModel:
    """The model that `endpoint` describes; it starts a cut answer over."""

    def __init__(self, name: str, endpoint: Endpoint, *, retry_delay: float = RETRY_DELAY) -> None:
        self.name = name
        self._endpoint = endpoint
        self._retry_delay = retry_delay
        self._opening = asyncio.Lock()
        self._wire: Wire | None = None

    @property
    def history_limit(self) -> int:
        """Return the most characters of history that it can use."""
        return min(self._endpoint.window * _LONGEST_TOKEN, HISTORY_LIMIT)

    async def answer(self, prompt: str, history: Sequence[Message]) -> AsyncGenerator[Piece]:
        """Return the pieces of the answer; raises `ModelError`."""
        async with aclosing(self._said(prompt, history, "")) as pieces:
            async for piece in pieces:
                yield piece

    def estimate(self, prompt: str, history: Sequence[Message], written: str) -> Usage:
        """Estimate the usage of a turn that the endpoint has not reported."""
        read, wrote = tokens_of(self._messages(prompt, history)), tokens(written)
        return Usage(read, wrote, read + wrote)

    def cost(self, usage: Usage) -> Cost:
        """Return the price of `usage` by the entry's price list."""
        read = usage.input_tokens * self._endpoint.input_price / 1_000_000
        wrote = usage.output_tokens * self._endpoint.output_price / 1_000_000
        return Cost(read, wrote, read + wrote)

    async def close(self) -> None:
        """Close the connections to the endpoint."""
        if self._wire is not None:
            await self._wire.close()

    # ---- Asking --------------------------------------------------------------------------------

    async def _said(
        self, prompt: str, history: Sequence[Message], done: str
    ) -> AsyncGenerator[Piece]:
        """Ask, and retry once if a failure before the first piece is worth it."""
        wire = await self._opened()
        messages, body = self._messages(prompt, history, done), self._body(done)
        try:
            async with aclosing(_whether(wire.pieces(messages, body))) as pieces:
                async for piece in pieces:
                    yield piece
        except _BeforeAll as early:
            failure = early.failure
        else:
            return
        wait = self._retry_delay if failure.after is None else failure.after
        if wait > RETRY_LIMIT:
            raise failure
        _logger.info("model %s: %s; asked again in %.1f s", self.name, failure.code, wait)
        await asyncio.sleep(wait)
        async with aclosing(wire.pieces(messages, body)) as pieces:
            async for piece in pieces:
                yield piece

    def _messages(self, prompt: str, history: Sequence[Message], done: str = "") -> list[Said]:
        return conversation(prompt, history, self._endpoint.window, done)

    def _body(self, done: str) -> dict[str, object]:
        usage = {"stream_options": {"include_usage": True}} if self._endpoint.reports_usage else {}
        return {**usage, **self._endpoint.options, **(_GO_ON if done else {})}

    async def _opened(self) -> "Wire":
        async with self._opening:
            if self._wire is None:
                self._wire = await asyncio.to_thread(self._open)
            return self._wire

    def _open(self) -> "Wire":
        from tek_gateway.models.openai_wire import Wire  # noqa: PLC0415 - it takes about a second

        key = read_key(self._endpoint.key)
        return Wire(self._endpoint, self._endpoint.model or self.name, key)


class ContinuingModel(CompletionsModel):
    """A model that continues an answer from its beginning."""

    async def continue_answer(
        self, prompt: str, history: Sequence[Message], done: str
    ) -> AsyncGenerator[Piece]:
        """Return the pieces that come after `done`; raises `ModelError`.

        Most templates strip trailing white space from the partial answer, and the model starts with
        it again. So it is stripped here, too, and what comes twice is dropped.
        """
        kept = done.rstrip()
        repeated = done[len(kept) :]
        async with aclosing(self._said(prompt, history, kept)) as pieces:
            async for piece in pieces:
                if not repeated or not isinstance(piece, str):
                    yield piece
                    continue
                rest = piece.removeprefix(repeated)
                if len(rest) == len(piece) and repeated.startswith(piece):
                    repeated = repeated.removeprefix(piece)  # only its beginning so far
                    continue
                repeated = ""
                if rest:
                    yield rest


class _BeforeAll(Exception):
    """A failure before the first piece that is worth a retry."""

    def __init__(self, failure: Passing) -> None:
        super().__init__()
        self.failure = failure


async def _whether(source: AsyncGenerator[Piece]) -> AsyncGenerator[Piece]:
    """Yield from `source`; raises `_BeforeAll` if it fails before its first piece."""
    async with aclosing(source) as pieces:
        is_begun = False
        try:
            async for piece in pieces:
                is_begun = True
                yield piece
        except Passing as failure:
            if is_begun:
                raise
            raise _BeforeAll(failure) from failure


def model_at(
    name: str, endpoint: Endpoint, *, retry_delay: float = RETRY_DELAY
) -> CompletionsModel:
    """Return the model that `endpoint` describes."""
    kind = ContinuingModel if endpoint.continues else CompletionsModel
    return kind(name, endpoint, retry_delay=retry_delay)
