"""One growing answer for plain clients: each reads it at its own pace, and none delays it."""

import asyncio
from collections.abc import AsyncGenerator, Iterable

from tek_gateway.errors import ModelError
from tek_gateway.store.session_records import SessionRecord
from tek_protocol.chat import (
    Error,
    KnownMessage,
    SessionCreated,
    StreamDelta,
    StreamEnd,
    StreamReasoning,
    StreamStart,
)

PIECE_LIMIT = 4096
"""Characters. A longer piece is split, so that no frame comes near the frame limit."""

ANSWER_LIMIT = 8_388_608
"""Characters. An answer is kept in memory until its turn has ended."""


def split(piece: str) -> list[str]:
    """Return `piece` in parts that are short enough for one delta each."""
    return [piece[start : start + PIECE_LIMIT] for start in range(0, len(piece), PIECE_LIMIT)]


class PlainStream:
    """The answer to `request_id`, kept once for all its readers."""

    def __init__(self, request_id: str, session: SessionRecord, *, opens_session: bool) -> None:
        self.request_id = request_id
        self.session = session
        self._opens_session = opens_session
        self._pieces: list[StreamDelta | StreamReasoning] = []
        self._size = 0
        self._end: StreamEnd | Error | None = None
        self._changed = asyncio.Event()

    def add_text(self, piece: str) -> None:
        """Add `piece` to the answer; raises `ModelError` once the answer is too long."""
        self._add(StreamDelta(self.request_id, part) for part in self._split(piece))

    def add_reasoning(self, piece: str) -> None:
        """Add `piece` to the reasoning; raises `ModelError` as `add_text` does."""
        self._add(StreamReasoning(self.request_id, part) for part in self._split(piece))

    def finish(self, end: StreamEnd | Error) -> None:
        """Set how the turn ended; only the first end counts."""
        self._end = self._end or end
        self._wake_readers()

    async def messages(self) -> AsyncGenerator[KnownMessage]:
        """Yield every message of this turn, from the first one on, as they arrive."""
        session = self.session
        if self._opens_session:
            yield SessionCreated(session.session_id, session.session_key)
        yield StreamStart(self.request_id, session.session_id, session.model)
        offset = 0
        while True:
            changed = self._changed  # taken before looking, so that no change is missed
            while offset < len(self._pieces):
                yield self._pieces[offset]
                offset += 1
            if self._end is not None:
                yield self._end
                return
            await changed.wait()

    def _split(self, piece: str) -> list[str]:
        self._size += len(piece)
        if self._size > ANSWER_LIMIT:
            raise answer_too_long()
        return split(piece)

    def _add(self, pieces: Iterable[StreamDelta | StreamReasoning]) -> None:
        self._pieces.extend(pieces)
        self._wake_readers()

    def _wake_readers(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()


def answer_too_long() -> ModelError:
    """Return the error of an answer beyond `ANSWER_LIMIT`."""
    return ModelError(f"The answer is longer than {ANSWER_LIMIT} characters.")
