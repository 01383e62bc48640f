"""A model that emits each piece when the simulation says so, and records all of them."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field

from tek_gateway.errors import ModelError
from tek_gateway.log.log_entries import Message
from tek_gateway.models import protocols

_FAILURES = (ModelError("the model refuses"), RuntimeError("the model fell over"))


@dataclass(slots=True, eq=False)
class ModelRun:
    """One attempt at an answer; `text` is the whole answer that a reader should have in the end.

    `aloud` is its reasoning, which follows that of the attempt before if it `goes_on`.
    """

    prompt: str
    number: int
    text: str
    goes_on: bool
    aloud: str = ""
    is_whole: bool = False
    is_going: bool = True
    is_ending: bool = False
    said: int = 0
    _asked: "asyncio.Queue[int | Exception | None]" = field(default_factory=asyncio.Queue)

    def say(self, characters: int) -> None:
        """Emit so many characters of the answer."""
        self.said += 1
        self._asked.put_nowait(characters)

    def think(self, characters: int) -> None:
        """Emit so many characters of reasoning."""
        self.said += 1
        self._asked.put_nowait(-characters)

    def end(self) -> None:
        """End the answer."""
        self.is_ending = True
        self._asked.put_nowait(None)

    def fail(self, which: int) -> None:
        """Fail, with a `ModelError` or with any other exception."""
        self._asked.put_nowait(_FAILURES[which % len(_FAILURES)])

    async def pieces(self, style: str) -> AsyncGenerator[protocols.Piece]:
        """Yield the pieces that it is told to emit, in the words of `style`."""
        try:
            while (asked := await self._asked.get()) is not None:
                if isinstance(asked, Exception):
                    raise asked
                if asked < 0:
                    aloud = words(f"hm {style}", len(self.aloud), -asked)
                    self.aloud += aloud
                    yield protocols.ReasoningPiece(aloud)
                else:
                    piece = words(style, len(self.text), asked)
                    self.text += piece
                    yield piece
            self.is_whole = True
        finally:
            self.is_going = False


@dataclass(slots=True)
class FreshModel:
    """A model that starts over after every interruption, with other words."""

    name: str = "fresh"
    thoughts: list[ModelRun] = field(default_factory=list[ModelRun])

    @property
    def going(self) -> list[ModelRun]:
        """The attempts that have not ended."""
        return [each for each in self.thoughts if each.is_going]

    def of(self, prompt: str) -> list[ModelRun]:
        """Return the attempts at the answer to `prompt`, in order."""
        return [each for each in self.thoughts if each.prompt == prompt]

    def answer(self, prompt: str, history: Sequence[Message]) -> AsyncGenerator[protocols.Piece]:
        """Return the pieces of an answer."""
        del history
        return self._begun(prompt, "").pieces(f"{prompt}/{len(self.of(prompt))}")

    def _begun(self, prompt: str, done: str) -> ModelRun:
        thought = ModelRun(prompt, len(self.of(prompt)) + 1, done, bool(done))
        self.thoughts.append(thought)
        return thought


@dataclass(slots=True)
class SteadyModel(FreshModel):
    """A model that goes on after an interruption: its answer to a prompt is always the same."""

    name: str = "steady"

    def answer(self, prompt: str, history: Sequence[Message]) -> AsyncGenerator[protocols.Piece]:
        """Return the pieces of the answer."""
        return self.continue_answer(prompt, history, "")

    def continue_answer(
        self, prompt: str, history: Sequence[Message], done: str
    ) -> AsyncGenerator[protocols.Piece]:
        """Return the pieces that come after `done`."""
        del history
        return self._begun(prompt, done).pieces(prompt)


def words(style: str, start: int, count: int) -> str:
    """Return characters of the endless text in `style`; some need more than 16 bits."""
    text = "".join(f"𝄞{style}.{number} " for number in range((start + count) // 4 + 1))
    return text[start : start + count]
