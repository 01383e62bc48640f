"""What answers a prompt, as the rest of the gateway sees it.

It must never say how: a model lives in a module of its own behind this protocol.
"""

from collections.abc import AsyncGenerator, Sequence
from typing import Protocol, runtime_checkable

from tek_gateway.log import Message


class Model(Protocol):
    """A source of answers."""

    @property
    def name(self) -> str:
        """Return the name that clients see and may ask for."""
        ...

    def answer(self, prompt: str, history: Sequence[Message]) -> AsyncGenerator[str]:
        """Return the pieces of the answer's text, in order; the caller closes the generator.

        `history` holds the session's latest messages, oldest first, without `prompt`. Raises
        `ModelError`, whose text is for the user.
        """
        ...


@runtime_checkable
class Continuing(Model, Protocol):
    """A model that can go on with an answer of its own that was cut off; others begin again."""

    def go_on(self, prompt: str, history: Sequence[Message], done: str) -> AsyncGenerator[str]:
        """Return what `answer` would, without `done`, the beginning of it."""
        ...
