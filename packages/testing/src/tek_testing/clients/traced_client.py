"""What a client under test has told so far, and waiting for what it tells next.

It must never look inside a client: what it knows stands in the trace.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from tek_testing.deadlines import deadline


class TraceLine(msgspec.Struct, frozen=True):
    """One line of a trace: the fields that tests look at, and the whole of it as `text`."""

    event: str
    t: float
    id: str = ""
    attempt: int = -1
    delay: float = -1.0
    reason: str = ""
    uncertain: int = -1
    session_id: str = ""
    message: dict[str, object] = {}
    text: str = ""


_LINE = msgspec.json.Decoder(TraceLine)


def read_line(text: str) -> TraceLine:
    """Return the line that `text` is."""
    return msgspec.structs.replace(_LINE.decode(text), text=text)


def is_answer(message: Mapping[str, object]) -> bool:
    """Return whether `message` is a whole answer out of a session's log."""
    return message["type"] == "chat.message" and message.get("role") == "assistant"


@dataclass(slots=True, kw_only=True)
class TracedClient(ABC):
    """A client; `lines` is its trace so far."""

    lines: list[TraceLine] = field(default_factory=list[TraceLine])
    _read_up_to: int = 0

    @property
    def trouble(self) -> str:
        """What else it has to say when a wait was in vain."""
        return ""

    @abstractmethod
    def enter(self, text: str) -> None:
        """Have the user submit one line."""

    async def next(self, event: str, seconds: float = 15.0, **fields: object) -> TraceLine:
        """Return the next line of `event` with these `fields`, after those returned before.

        Raises `TimeoutError` after `seconds`, scaled, with what came instead.
        """
        try:
            async with deadline(seconds):
                while True:
                    line = await self.next_line()
                    has_fields = all(getattr(line, k) == v for k, v in fields.items())
                    if line.event == event and has_fields:
                        return line
        except TimeoutError as error:
            seen = [each.event for each in self.lines[-12:]]
            message = f"no {event} {fields} within {seconds} s, but {seen}; {self.trouble}"
            raise TimeoutError(message) from error

    async def heard(self, kind: str, request_id: str | None = None) -> None:
        """Return once the gateway has sent the next message of type `kind`, for `request_id`."""
        while True:
            message = (await self.next("received")).message
            if message["type"] == kind and request_id in {None, message.get("requestId")}:
                return

    async def ended(self, request_id: str) -> None:
        """Return once the answer to `request_id` is whole."""
        while True:
            message = (await self.next("received")).message
            is_end = message["type"] in {"chat.stream.end", "error"} or is_answer(message)
            if is_end and message.get("requestId") == request_id:
                return

    async def chat(self, text: str) -> str:
        """Submit `text` and return the whole answer that the client got."""
        self.enter(text)
        asked = (await self.next("queued")).id
        await self.ended(asked)
        return self.answer_to(asked)

    def answer_to(self, request_id: str) -> str:
        """Return the text of the answer to `request_id` so far, as its messages spell it."""
        text = ""
        messages = (each.message for each in self.lines if each.event == "received")
        for message in messages:
            if message.get("requestId") != request_id:
                continue
            if message["type"] == "chat.stream.start" and message.get("attempt", 1) != 1:
                text = text[: int(str(message["offset"]))]
            elif message["type"] == "chat.stream.delta":
                text += str(message["delta"])
            elif is_answer(message):
                text = str(message["content"])
        return text

    async def next_line(self) -> TraceLine:
        """Return the line after those returned before, whatever it tells."""
        if self._read_up_to == len(self.lines):
            self.lines.append(await self._read_line())
        self._read_up_to += 1
        return self.lines[self._read_up_to - 1]

    @abstractmethod
    async def _read_line(self) -> TraceLine:
        """Return the next line; raises `RuntimeError` if there will be none."""
