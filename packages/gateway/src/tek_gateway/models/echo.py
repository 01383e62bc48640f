"""A model for trying things out: it repeats the prompt, or counts, slowly if asked to.

The pieces of an answer to a prompt that is no command, joined, are the prompt itself.
"""

import asyncio
import re
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing
from itertools import islice

from tek_gateway.errors import ModelError
from tek_gateway.log.log_entries import Message

COUNT_LIMIT = 100_000
DELAY_LIMIT = 10_000
"""Milliseconds."""

PIECES_LIMIT = 10_000
"""A prompt of more words is repeated several words at a time."""

HELP = (
    "This is only an echo: no model is set at this gateway, so it says again what you say."
    " `/count N` counts, and `/delay MS` in front of anything slows it down. Whoever runs the"
    " gateway sets a model with `--model ollama:NAME`, `--model openai:NAME`, or a [models] table"
    " in its gateway.toml."
)

_DELAY = re.compile(r"/delay\s+(\S+)(?:\s|\Z)")
_WORD = re.compile(r"\s*\S+|\s+")


class EchoModel:
    """Streams the prompt word by word, `/count N` as numbers, `/delay MS` between pieces.

    `/help` explains it, and how to set up a real model.
    """

    name = "echo"
    history_limit = 0
    description = "says again what you say; a model is set at the gateway, see /help"

    async def answer(self, prompt: str, history: Sequence[Message]) -> AsyncGenerator[str]:
        """Return the pieces of the answer; raises `ModelError` for a command out of bounds."""
        async with aclosing(self.continue_answer(prompt, history, "")) as pieces:
            async for piece in pieces:
                yield piece

    async def continue_answer(
        self, prompt: str, history: Sequence[Message], done: str
    ) -> AsyncGenerator[str]:
        """Return the pieces that come after `done`; raises `ModelError` as `answer` does."""
        del history  # an echo has no memory
        delay, text = _delay_of(prompt)
        for number, piece in enumerate(_after(len(done), _pieces(text))):
            if number:
                await asyncio.sleep(delay)
            yield piece


def _delay_of(prompt: str) -> tuple[float, str]:
    """Return the seconds between pieces, and the rest of the prompt."""
    if (command := _DELAY.match(prompt)) is None:
        return 0.0, prompt
    milliseconds = _number("/delay", command[1], 0, DELAY_LIMIT)
    return milliseconds / 1000, prompt[command.end() :]


def _pieces(text: str) -> Iterator[str]:
    command, number = text[:6], text[6:]
    if command == "/count" and not number[:1].strip():
        return _numbers(_number(command, number.strip(), 1, COUNT_LIMIT))
    return _words(HELP if text.strip() == "/help" else text)


def _after(characters: int, pieces: Iterator[str]) -> Iterator[str]:
    """Skip the first `characters` of `pieces`."""
    for piece in pieces:
        if characters < len(piece):
            yield piece[characters:]
        characters = max(0, characters - len(piece))


def _numbers(last: int) -> Iterator[str]:
    return (str(number) if number == 1 else f" {number}" for number in range(1, last + 1))


def _words(text: str) -> Iterator[str]:
    at_once = 1 + len(text.split()) // PIECES_LIMIT
    words = (word[0] for word in _WORD.finditer(text))
    return iter(lambda: "".join(islice(words, at_once)), "")


def _number(command: str, text: str, least: int, most: int) -> int:
    # Checked first: int() takes quadratic time and rejects very long digits.
    if text.isdecimal() and len(text) <= len(str(most)) and least <= int(text) <= most:
        return int(text)
    reason = f"{command} takes a whole number from {least} to {most}"
    raise ModelError(reason)
