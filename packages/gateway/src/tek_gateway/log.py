"""The rules of a session's log: what it gets for a message, an answer and a failure.

Pure: ids and positions are arguments. It must never reach a clock, a die, a socket or a disk.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import msgspec

from tek_protocol import decode, encode
from tek_protocol.chat import ChatSend, Cost, Error, Usage

MESSAGE_TYPE = "chat.message"
ERROR_TYPE = "error"

CONTEXT_LIMIT = 200_000
"""How many characters of a session's messages a model is given at most."""


class Message(
    msgspec.Struct,
    frozen=True,
    rename="camel",
    omit_defaults=True,
    tag_field="type",
    tag=MESSAGE_TYPE,
):
    """One finished message of a session; an answer names the message that it answers."""

    id: str
    role: Literal["user", "assistant"]
    content: str
    request_id: str | None = None
    usage: Usage | None = None
    cost: Cost | None = None
    status: Literal["complete"] | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry that has no place in a log yet; `body` is its JSON object."""

    type: str
    message_id: str | None
    request_id: str | None
    body: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A draft at its place: `seq` counts from 1 within its session."""

    session_id: str
    seq: int
    draft: Draft


_MESSAGE: msgspec.json.Decoder[Message] = msgspec.json.Decoder(Message)


def accepted(send: ChatSend) -> Draft:
    """Return the entry of a message that the gateway took over."""
    return _drafted(Message(id=send.id, role="user", content=send.content))


def finished(answer_id: str, request_id: str, text: str, usage: Usage) -> Draft:
    """Return the entry of a whole answer to `request_id`."""
    return _drafted(
        Message(
            id=answer_id,
            role="assistant",
            content=text,
            request_id=request_id,
            usage=usage,
            cost=Cost(),
            status="complete",
        )
    )


def failed(error: Error) -> Draft:
    """Return the entry of a turn that ended in `error`."""
    return Draft(ERROR_TYPE, None, error.request_id, encode(error))


def placed(session_id: str, head: int, drafts: Iterable[Draft]) -> tuple[Entry, ...]:
    """Return `drafts` as the entries after `head`, the `seq` of the last one so far or 0."""
    return tuple(Entry(session_id, seq, draft) for seq, draft in enumerate(drafts, head + 1))


def usage_of(prompt: str, answer: str) -> Usage:
    """Return what a turn consumed by a model that does not count: a word is a token."""
    read, written = len(prompt.split()), len(answer.split())
    return Usage(read, written, read + written)


def context(newest_first: Iterable[str], limit: int = CONTEXT_LIMIT) -> tuple[Message, ...]:
    """Return the latest messages, oldest first, whose texts fit into `limit` characters.

    `newest_first` holds the bodies of message entries and is read no further than needed.
    Raises `DecodeError` for a body that is no message.
    """
    chosen: list[Message] = []
    for body in newest_first:
        message = decode(body, _MESSAGE)
        limit -= len(message.content)
        if limit < 0:
            break
        chosen.append(message)
    return tuple(reversed(chosen))


def _drafted(message: Message) -> Draft:
    return Draft(MESSAGE_TYPE, message.id, message.request_id, encode(message))
