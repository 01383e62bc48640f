"""The rules of a session's log: its entries and their places, what folds, what a cursor may get.

Pure: ids, times and positions are arguments. It must never reach a clock, a die, a socket or a
disk.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import msgspec

from tek_protocol import decode, encode
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

FOLDED_TYPES = (START_TYPE, DELTA_TYPE, REASONING_TYPE)
"""What an answer consists of until it is whole, and what its end takes the place of."""

CONTEXT_LIMIT = 200_000
"""How many characters of a session's messages are read for a model that does not say."""

SKIP = 2**20
"""How many numbers a session leaves out after an unclean start: more than it may have lost."""

SKIPS = 2**20
"""It leaves out from one to this many times `SKIP`, by chance: a file that is set back to what it
was does not know how far its former future went, and must not go the same way."""

AGE_LIMIT = 86_400.0
"""Seconds since a message was accepted, after which its turn does not go on any more."""

ENTRY_ROOM = 256
"""Bytes by which an entry may be larger than the frame that its content came in."""

Message: TypeAlias = ChatMessage
"""One finished message of a session; an answer names the message that it answers."""


# There are very many of these, and none leads back to itself: the collector may leave them alone.


class DraftEntry(msgspec.Struct, frozen=True, gc=False):
    """An entry that has no place in a log yet; `body` is its JSON object."""

    type: str
    message_id: str | None
    request_id: str | None
    body: str


class FoldedEnd(msgspec.Struct, frozen=True, gc=False):
    """What a reader that has everything up to `after` gets in place of a whole answer."""

    after: int
    body: str


class Entry(msgspec.Struct, frozen=True, gc=False):
    """A draft at its place: `seq` is its own number, `prev` that of the entry before it."""

    session_id: str
    seq: int
    prev: int
    draft: DraftEntry
    ending: FoldedEnd | None = None

    def frame(self, cursor: int) -> str:
        """Return what a reader is sent that has applied everything up to `cursor`.

        An ending follows the pieces that it ends, though they are not in the log any more: to who
        lacks one it is no answer.
        """
        body, prev = self.draft.body, self.prev
        if self.ending is not None and self.ending.after == cursor:
            body, prev = self.ending.body, cursor
        return f'{body[:-1]},"seq":{self.seq},"prev":{prev}}}'


@dataclass(frozen=True, slots=True)
class Skip:
    """The numbers above `low` up to `high`: left out, since a lost tail may have had them."""

    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Extent:
    """How far a log goes: the number of its last entry, and what it left out before that."""

    head: int
    skips: Sequence[Skip] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """What the log holds of a turn that has not ended; `attempt` 0 has not begun."""

    attempt: int = 0
    text: str = ""
    model: str = ""
    reasoning: str = ""


_MESSAGE: msgspec.json.Decoder[Message] = msgspec.json.Decoder(Message)
_STREAM: msgspec.json.Decoder[StreamStart | StreamDelta | StreamReasoning] = msgspec.json.Decoder(
    StreamStart | StreamDelta | StreamReasoning
)

# ---- What is written -------------------------------------------------------------------------


def said(message: Message) -> DraftEntry:
    """Return the entry of a whole message."""
    return DraftEntry(MESSAGE_TYPE, message.id, message.request_id, encode(message))


def accepted(send: ChatSend) -> DraftEntry:
    """Return the entry of a message that the gateway took over."""
    return said(Message(id=send.id, role="user", content=send.content, model=send.model or ""))


def begun(start: StreamStart) -> DraftEntry:
    """Return the entry of an attempt that begins."""
    return DraftEntry(START_TYPE, None, start.request_id, encode(start))


def grown(request_id: str, piece: str) -> DraftEntry:
    """Return the entry of the next piece of an answer."""
    return DraftEntry(DELTA_TYPE, None, request_id, encode(StreamDelta(request_id, piece)))


def thought(request_id: str, piece: str) -> DraftEntry:
    """Return the entry of the next piece of what a model thinks aloud."""
    return DraftEntry(REASONING_TYPE, None, request_id, encode(StreamReasoning(request_id, piece)))


def ended(end: StreamEnd) -> DraftEntry:
    """Return the entry of an end whose answer is not folded."""
    return DraftEntry(END_TYPE, None, end.request_id, encode(end))


def finished(  # noqa: PLR0913 - a field each
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
    """Return the entry of a whole answer to `request_id`: what a turn folds into."""
    return said(
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


def failed(error: Error) -> DraftEntry:
    """Return the entry of a turn that ended in `error`."""
    return DraftEntry(ERROR_TYPE, None, error.request_id, encode(error))


def fits(draft: DraftEntry) -> bool:
    """Return whether the entry of `draft` goes into one frame, wherever its place is."""
    return len(draft.body.encode()) + ENTRY_ROOM <= FRAME_LIMIT


# ---- Where it stands -------------------------------------------------------------------------


def placed(
    session_id: str, head: int, drafts: Iterable[DraftEntry], floor: int = 0
) -> tuple[Entry, ...]:
    """Return `drafts` as the entries after `head`, the `seq` of the last one so far or 0.

    No number up to `floor` is given out: it was used once, or may have been.
    """
    entries: list[Entry] = []
    for seq, draft in enumerate(drafts, max(head, floor) + 1):
        entries.append(Entry(session_id, seq, head, draft))
        head = seq
    return tuple(entries)


def outcome(cursor: int, extent: Extent | None) -> Literal["resumed", "reset", "lost"]:
    """Return what a client gets that has applied everything up to `cursor` of a log.

    None is a log that is not there.
    """
    if extent is None:
        return "lost"
    skipped = any(skip.low < cursor <= skip.high for skip in extent.skips)
    return "reset" if skipped or cursor > extent.head else "resumed"


# ---- Turns -----------------------------------------------------------------------------------


def standing(bodies: Iterable[str]) -> Standing:
    """Return what the pieces of one turn, in order, amount to; raises `DecodeError`.

    An attempt that begins again forgets what was thought as well.
    """
    attempt, model = 0, ""
    pieces: list[str] = []
    thoughts: list[str] = []
    for body in bodies:
        match decode(body, _STREAM):
            case StreamStart() as start:
                attempt, model = start.attempt, start.model
                pieces = ["".join(pieces)[: start.offset]]
                thoughts = thoughts if start.offset else []
            case StreamDelta(delta=delta):
                pieces.append(delta)
            case StreamReasoning(delta=delta):
                thoughts.append(delta)
    return Standing(attempt, "".join(pieces), model, "".join(thoughts))


def too_old(accepted_at: float, now: float) -> bool:
    """Return whether a message of `accepted_at`, in seconds, waited too long for its turn."""
    return now - accepted_at > AGE_LIMIT


def usage_of(prompt: str, answer: str) -> Usage:
    """Return what a turn consumed by a model that does not count: a word is a token."""
    read, written = len(prompt.split()), len(answer.split())
    return Usage(read, written, read + written)


def context(newest_first: Iterable[str], limit: int = CONTEXT_LIMIT) -> tuple[Message, ...]:
    """Return the latest messages, oldest first, whose texts fit into `limit` characters.

    An answer comes after its question, whatever was written in between. `newest_first` holds the
    bodies of message entries and is read no further than needed. Raises `DecodeError` for a body
    that is no message.
    """
    chosen: list[Message] = []
    for body in newest_first:
        message = decode(body, _MESSAGE)
        limit -= len(message.content)
        if limit < 0:
            break
        chosen.append(message)
    chosen.reverse()
    return tuple(chosen[at] for at in _in_turn(chosen))


def _in_turn(messages: Sequence[Message]) -> list[int]:
    asked: dict[str, int] = {}
    places: list[tuple[int, int]] = []
    for at, message in enumerate(messages):
        if message.role == "user":
            asked[message.id] = at
        places.append((asked.get(message.request_id or "", at), at))
    return [at for _, at in sorted(places)]
