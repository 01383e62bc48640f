"""Which part of a session fits into a model's context window, in whole turns.

Tokens are estimated: only the model itself counts them exactly.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Literal, NamedTuple

from tek_gateway.log.log_entries import Message

BYTES_A_TOKEN = 4
"""Bytes of UTF-8. About right for English, for code and for Chinese; short words of other
languages take fewer, so that more is cut off than need be, and never less."""

TOKENS_A_MESSAGE = 4
"""What a message takes beside its text, for its role and its ends."""

ANSWER_SHARE = 4
"""One part in this many of the window is reserved for the answer and for estimation errors."""


def tokens(text: str) -> int:
    """Return an estimate of the tokens of `text`."""
    return -(-len(text.encode()) // BYTES_A_TOKEN)


def tokens_of(messages: "Iterable[Said]") -> int:
    """Return an estimate of the tokens of whole messages."""
    return sum(tokens(each.content) + TOKENS_A_MESSAGE for each in messages)


class Said(NamedTuple):
    """A message as it is sent to a model."""

    role: Literal["user", "assistant"]
    content: str


def conversation(
    prompt: str, history: Sequence[Message], window: int, done: str = ""
) -> list[Said]:
    """Return the messages to send to a model of `window` tokens, with any partial answer last.

    That is `prompt`, after the latest whole turns of `history` that fit. A question without an
    answer is left out, since most models want questions and answers to alternate.
    """
    new = [Said("user", prompt), *([Said("assistant", done)] if done else [])]
    room = window - window // ANSWER_SHARE - tokens_of(new)
    chosen: list[Said] = []
    for question, answer in _turns_backwards(history):
        turn = (Said("assistant", answer.content), Said("user", question.content))
        room -= tokens_of(turn)
        if room < 0:
            break
        chosen += turn
    return [*reversed(chosen), *new]


def _turns_backwards(history: Sequence[Message]) -> Iterator[tuple[Message, Message]]:
    for answer, question in pairwise(reversed(history)):
        is_turn = question.role == "user" and answer.request_id == question.id
        if is_turn and question.content and answer.content:
            yield question, answer
