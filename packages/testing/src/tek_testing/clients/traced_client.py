"""A client that is watched by its trace: what it has traced so far, and waits for more."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from tek_testing.deadlines import deadline


class TraceLine(msgspec.Struct, frozen=True):
    """One line of a trace: the fields that tests use, and the whole line as `text`."""

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
    """Parse one line of a trace."""
    return msgspec.structs.replace(_LINE.decode(text), text=text)


def is_answer(message: Mapping[str, object]) -> bool:
    """Return whether `message` is a whole answer from the log of a session."""
    return message["type"] == "chat.message" and message.get("role") == "assistant"


@dataclass(slots=True, kw_only=True)
class TracedClient(ABC):
    """A client; `lines` is its trace so far."""

    lines: list[TraceLine] = field(default_factory=list[TraceLine])
    _read_up_to: int = 0

    @property
    def trouble(self) -> str:
        """What else to report when a wait has failed."""
        return ""

    @abstractmethod
    def enter(self, text: str) -> None:
        """Have the user submit one line."""

    async def next(self, event: str, seconds: float = 15.0, **fields: object) -> TraceLine:
        """Return the next line with this `event` and these `fields`.

        Lines before it are skipped. Raises `TimeoutError` after `seconds`, scaled, with the latest
        events.
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
        """Return once a message of type `kind` was received, for `request_id` if given."""
        while True:
            message = (await self.next("received")).message
            if message["type"] == kind and request_id in {None, message.get("requestId")}:
                return

    async def ended(self, request_id: str) -> None:
        """Return once the answer to `request_id` has ended."""
        while True:
            message = (await self.next("received")).message
            is_end = message["type"] in {"chat.stream.end", "error"} or is_answer(message)
            if is_end and message.get("requestId") == request_id:
                return

    async def chat(self, text: str) -> str:
        """Submit `text` and return the whole answer."""
        self.enter(text)
        asked = (await self.next("queued")).id
        await self.ended(asked)
        return self.answer_to(asked)

    def answer_to(self, request_id: str) -> str:
        """Return the answer to `request_id` so far, folded from the messages received."""
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
        """Return the next line, whatever its event."""
        if self._read_up_to == len(self.lines):
            self.lines.append(await self._read_line())
        self._read_up_to += 1
        return self.lines[self._read_up_to - 1]

    @abstractmethod
    async def _read_line(self) -> TraceLine:
        """Read the next line; raises `RuntimeError` if the client has ended."""
