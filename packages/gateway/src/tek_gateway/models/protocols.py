"""The protocol of a model, and of its optional abilities."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias, runtime_checkable

from tek_gateway.log.log_entries import Message
from tek_protocol.chat import Cost, Usage


@dataclass(frozen=True, slots=True)
class ReasoningPiece:
    """A piece of a model's reasoning, which is not part of its answer."""

    text: str


Piece: TypeAlias = str | ReasoningPiece | Usage
"""What a model yields: the next piece of its answer or reasoning, or its usage."""


class Model(Protocol):
    """A source of answers."""

    @property
    def name(self) -> str:
        """Return the name that clients see and can request."""
        ...

    def answer(self, prompt: str, history: Sequence[Message]) -> AsyncGenerator[Piece]:
        """Yield the pieces of the answer in order; the caller closes the generator.

        `history` holds the session's latest messages, oldest first, without `prompt`. Raises
        `ModelError`, whose text is for the user.
        """
        ...


@runtime_checkable
class Continuing(Model, Protocol):
    """A model that can continue its own interrupted answer; others start again."""

    def continue_answer(
        self, prompt: str, history: Sequence[Message], done: str
    ) -> AsyncGenerator[Piece]:
        """Yield the pieces after `done`, the beginning of the answer."""
        ...


@runtime_checkable
class LimitedHistory(Model, Protocol):
    """A model that limits how much of a session it reads; the default is `CONTEXT_LIMIT`."""

    @property
    def history_limit(self) -> int:
        """Return how many characters of the history the model can use."""
        ...


@runtime_checkable
class Metered(Model, Protocol):
    """A model that knows the cost of a turn; for others every word is a free token."""

    def estimate(self, prompt: str, history: Sequence[Message], written: str) -> Usage:
        """Return an estimate of the usage of a turn that has produced `written`."""
        ...

    def cost(self, usage: Usage) -> Cost:
        """Return the price of `usage`."""
        ...


@runtime_checkable
class Described(Model, Protocol):
    """A model with a description for people."""

    @property
    def description(self) -> str:
        """Return the description, one sentence."""
        ...


@runtime_checkable
class Closing(Model, Protocol):
    """A model with connections to close."""

    async def close(self) -> None:
        """Close the connections; the model is not used afterwards."""
        ...
