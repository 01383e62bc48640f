"""One answer while it grows, for plain clients: written once it is durable, read at any pace.

It must never hold anything per reader, nor wait for one.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterable

from tek_gateway.errors import ModelError
from tek_gateway.store.store import SessionRecord
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
"""Characters. A longer piece goes out as several, so that no frame comes near the frame limit."""

ANSWER_LIMIT = 8_388_608
"""Characters. An answer is kept in memory until its turn has ended."""


def split(piece: str) -> list[str]:
    """Return `piece` in parts that are short enough for one delta each."""
    return [piece[start : start + PIECE_LIMIT] for start in range(0, len(piece), PIECE_LIMIT)]


class PlainStream:
    """The answer to `request_id`, kept once, however many read it."""

    def __init__(self, request_id: str, session: SessionRecord, *, opens_session: bool) -> None:
        self.request_id = request_id
        self.session = session
        self._opens_session = opens_session
        self._pieces: list[StreamDelta | StreamReasoning] = []
        self._size = 0
        self._end: StreamEnd | Error | None = None
        self._changed = asyncio.Event()

    def grow(self, piece: str) -> None:
        """Add `piece` to the answer; raises `ModelError` once the answer is too long."""
        self._take(StreamDelta(self.request_id, part) for part in self._split(piece))

    def think(self, piece: str) -> None:
        """Add `piece` to what is thought aloud; raises `ModelError` as `grow` does."""
        self._take(StreamReasoning(self.request_id, part) for part in self._split(piece))

    def finish(self, end: StreamEnd | Error) -> None:
        """Say how the turn ended; only the first end counts."""
        self._end = self._end or end
        self._tell()

    async def messages(self) -> AsyncGenerator[KnownMessage]:
        """Return everything that a client is told of this turn, from its first message on."""
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
            reason = f"the answer is longer than {ANSWER_LIMIT} characters"
            raise ModelError(reason)
        return split(piece)

    def _take(self, pieces: Iterable[StreamDelta | StreamReasoning]) -> None:
        self._pieces.extend(pieces)
        self._tell()

    def _tell(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()
