"""The entries of a session's log: their types, and how each is made from a message."""

from typing import TypeAlias

import msgspec

from tek_protocol import encode
from tek_protocol.chat import (
    ChatMessage,
    ChatSend,
    Cost,
    Error,
    Status,
    StreamDelta,
    StreamEnd,
    StreamReasoning,
    StreamStart,
    Usage,
)
from tek_protocol.envelope import FRAME_LIMIT

MESSAGE_TYPE = "chat.message"
START_TYPE = "chat.stream.start"
DELTA_TYPE = "chat.stream.delta"
REASONING_TYPE = "chat.stream.reasoning"
END_TYPE = "chat.stream.end"
ERROR_TYPE = "error"

STREAM_TYPES = (START_TYPE, DELTA_TYPE, REASONING_TYPE)
"""The entries of an unfinished answer. The finished answer replaces them."""

ENTRY_ROOM = 256
"""Bytes by which an entry may be larger than the frame that brought its content."""

Message: TypeAlias = ChatMessage
"""One finished message of a session. An answer names the message that it answers."""


# There are very many of these, and they form no reference cycles: the garbage collector may
# ignore them.


class DraftEntry(msgspec.Struct, frozen=True, gc=False):
    """An entry without a position in a log yet; `body` is its JSON object."""

    type: str
    message_id: str | None
    request_id: str | None
    body: str


class FoldedEnd(msgspec.Struct, frozen=True, gc=False):
    """What a reader that has everything up to `after` gets instead of the whole answer."""

    after: int
    body: str


class Entry(msgspec.Struct, frozen=True, gc=False):
    """A draft with its position: `seq` is its own number, `prev` that of the entry before it."""

    session_id: str
    seq: int
    prev: int
    draft: DraftEntry
    ending: FoldedEnd | None = None

    def frame(self, cursor: int) -> str:
        """Return the frame for a reader that has applied everything up to `cursor`.

        A reader that has every piece of the answer gets only its end. A reader that missed a
        piece gets the whole answer.
        """
        body, prev = self.draft.body, self.prev
        if self.ending is not None and self.ending.after == cursor:
            body, prev = self.ending.body, cursor
        return f'{body[:-1]},"seq":{self.seq},"prev":{prev}}}'


def message_entry(message: Message) -> DraftEntry:
    """Return the entry of a whole message."""
    return DraftEntry(MESSAGE_TYPE, message.id, message.request_id, encode(message))


def accepted_entry(send: ChatSend) -> DraftEntry:
    """Return the entry of a message that the gateway accepts."""
    return message_entry(
        Message(id=send.id, role="user", content=send.content, model=send.model or "")
    )


def start_entry(start: StreamStart) -> DraftEntry:
    """Return the entry of an attempt that begins."""
    return DraftEntry(START_TYPE, None, start.request_id, encode(start))


def delta_entry(request_id: str, piece: str) -> DraftEntry:
    """Return the entry of the next piece of an answer."""
    return DraftEntry(DELTA_TYPE, None, request_id, encode(StreamDelta(request_id, piece)))


def reasoning_entry(request_id: str, piece: str) -> DraftEntry:
    """Return the entry of the next piece of a model's reasoning."""
    return DraftEntry(REASONING_TYPE, None, request_id, encode(StreamReasoning(request_id, piece)))


def end_entry(end: StreamEnd) -> DraftEntry:
    """Return the entry of an end whose answer is not folded."""
    return DraftEntry(END_TYPE, None, end.request_id, encode(end))


def answer_entry(  # noqa: PLR0913 - a field each
    answer_id: str,
    request_id: str,
    text: str,
    usage: Usage,
    status: Status = "complete",
    *,
    cost: Cost | None = None,
    model: str = "",
    reasoning: str = "",
) -> DraftEntry:
    """Return the entry of the whole answer to `request_id`: what a turn folds into."""
    return message_entry(
        Message(
            id=answer_id,
            role="assistant",
            content=text,
            request_id=request_id,
            usage=usage,
            cost=cost or Cost(),
            status=status,
            model=model,
            reasoning=reasoning,
        )
    )


def error_entry(error: Error) -> DraftEntry:
    """Return the entry of a turn that ended in `error`."""
    return DraftEntry(ERROR_TYPE, None, error.request_id, encode(error))


def fits_frame(draft: DraftEntry) -> bool:
    """Return whether the entry of `draft` fits into one frame at any position."""
    return len(draft.body.encode()) + ENTRY_ROOM <= FRAME_LIMIT
