"""A user who types messages with distinct answers, and remembers them for the checker."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from random import Random

from tek_testing.checkers.checker import Typed, expected_answer
from tek_testing.clients.traced_client import TracedClient

_LEAST, _MOST = 12, 200
"""Numbers in a counted answer: long enough to kill a process in its middle."""

_HALF = 0.5


@dataclass(slots=True)
class TypingUser:
    """Types at any number of clients. `seed` decides what; no two messages have the same answer."""

    seed: int
    typed: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    _chance: Random = field(init=False)
    _numbers: Iterator[int] = field(default_factory=lambda: count(_LEAST))

    def __post_init__(self) -> None:
        """Seed the generator."""
        self._chance = Random(self.seed)  # noqa: S311 - it has to be reproducible

    def type(self, name: str, client: TracedClient) -> str:
        """Submit the next message at `client`, under the user name `name`, and return its text."""
        number = next(self._numbers)
        delay = self._chance.choice(("", "/delay 1 ", "/delay 3 "))
        words = f"message {number} of {name}{' and so on' * self._chance.randint(1, 9)}"
        counted = number < _MOST and self._chance.random() < _HALF
        text = f"{delay}/count {number}" if counted else delay + words
        self.typed.append((name, text))
        client.enter(text)
        return text

    def messages(self, **clients: TracedClient) -> Sequence[Typed]:
        """Return every message typed; those that a client has traced as queued are firm."""
        queued = {
            (name, line.message.get("content"))
            for name, client in clients.items()
            for line in client.lines
            if line.event == "queued"
        }
        return [Typed(name, text, (name, text) in queued) for name, text in self.typed]

    def answers(self) -> Sequence[str]:
        """Return the echo model's answers to everything typed."""
        return [expected_answer(text) for _, text in self.typed]
