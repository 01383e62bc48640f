"""What a turn takes from its session: the latest messages, their age and their size."""

from collections.abc import Iterable, Sequence

import msgspec

from tek_gateway.log.log_entries import Message
from tek_protocol import decode
from tek_protocol.chat import Usage

CONTEXT_LIMIT = 200_000
"""Characters of a session's messages that are read for a model that states no limit."""

AGE_LIMIT = 86_400.0
"""Seconds after which the turn of an accepted message is abandoned."""

_MESSAGE: msgspec.json.Decoder[Message] = msgspec.json.Decoder(Message)


def is_too_old(accepted_at: float, now: float) -> bool:
    """Return whether a message accepted at `accepted_at`, in seconds, waited too long."""
    return now - accepted_at > AGE_LIMIT


def estimate_usage(prompt: str, answer: str) -> Usage:
    """Return the usage of a turn whose model does not count: one token a word."""
    read, written = len(prompt.split()), len(answer.split())
    return Usage(read, written, read + written)


def latest_messages(newest_first: Iterable[str], limit: int = CONTEXT_LIMIT) -> tuple[Message, ...]:
    """Return the latest messages, oldest first, whose texts fit into `limit` characters.

    An answer follows its question, whatever was written in between. `newest_first` holds the
    bodies of message entries and is read no further than needed. Raises `DecodeError` for a body
    that is not a message.
    """
    chosen: list[Message] = []
    for body in newest_first:
        message = decode(body, _MESSAGE)
        limit -= len(message.content)
        if limit < 0:
            break
        chosen.append(message)
    chosen.reverse()
    return tuple(chosen[index] for index in _by_question(chosen))


def _by_question(messages: Sequence[Message]) -> list[int]:
    asked: dict[str, int] = {}
    order: list[tuple[int, int]] = []
    for index, message in enumerate(messages):
        if message.role == "user":
            asked[message.id] = index
        order.append((asked.get(message.request_id or "", index), index))
    return [index for _, index in sorted(order)]
