"""What answers a prompt, as the rest of the gateway sees it.

It must never say how: a model lives in a module of its own behind this protocol.
"""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias, runtime_checkable

from tek_gateway.log.log_rules import Message
from tek_protocol.chat import Cost, Usage


@dataclass(frozen=True, slots=True)
class Thought:
    """A piece of what a model thinks aloud, which is no part of its answer."""

    text: str


Piece: TypeAlias = str | Thought | Usage
"""What a model says: the next piece of the answer, of its thoughts, or what it has consumed."""


class Model(Protocol):
    """A source of answers."""

    @property
    def name(self) -> str:
        """Return the name that clients see and may ask for."""
        ...

    def answer(self, prompt: str, history: Sequence[Message]) -> AsyncGenerator[Piece]:
        """Return the pieces of the answer's text, in order; the caller closes the generator.

        `history` holds the session's latest messages, oldest first, without `prompt`. Raises
        `ModelError`, whose text is for the user.
        """
        ...


@runtime_checkable
class Continuing(Model, Protocol):
    """A model that can go on with an answer of its own that was cut off; others begin again."""

    def go_on(self, prompt: str, history: Sequence[Message], done: str) -> AsyncGenerator[Piece]:
        """Return what `answer` would, without `done`, the beginning of it."""
        ...


@runtime_checkable
class Reading(Model, Protocol):
    """A model that says how much of a session it reads; others get what the store gives."""

    @property
    def reach(self) -> int:
        """Return the characters of the history that it can use at most."""
        ...


@runtime_checkable
class Metered(Model, Protocol):
    """A model that knows what a turn costs; of others every word is a token, and free."""

    def estimate(self, prompt: str, history: Sequence[Message], written: str) -> Usage:
        """Return what a turn that has `written` so much has consumed, as well as can be told."""
        ...

    def cost(self, usage: Usage) -> Cost:
        """Return the price of `usage`."""
        ...


@runtime_checkable
class Described(Model, Protocol):
    """A model about which there is something to say to people."""

    @property
    def description(self) -> str:
        """Return one sentence."""
        ...


@runtime_checkable
class Closing(Model, Protocol):
    """A model that holds connections."""

    async def close(self) -> None:
        """Give them up; it is not asked again."""
        ...
