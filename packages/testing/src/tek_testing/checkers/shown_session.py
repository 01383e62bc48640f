"""What one viewer showed of a session, put together from its trace.

It has its own rules for that, since those of the clients are what is being checked.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from tek_testing.clients.traced_client import TraceLine

Message: TypeAlias = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class ShownMessage:
    """A message as a viewer showed it; `state` is `answered`, or how far it got."""

    text: str
    state: str
    answer: str = ""


@dataclass(frozen=True, slots=True)
class ShownSession:
    """The messages that `viewer` shows, in order, and what was lost or doubled on the way.

    If it is not `is_whole`, the viewer had earlier messages that its trace does not contain.
    """

    viewer: str
    messages: tuple[ShownMessage, ...] = ()
    lost: tuple[str, ...] = ()
    doubled: tuple[str, ...] = ()
    is_whole: bool = True


@dataclass(slots=True)
class _Told:
    text: str = ""
    state: str = "queued"
    answer: str = ""


@dataclass(slots=True)
class TraceReader:
    """Builds a `ShownSession` from the trace of a client, over all its runs.

    A client that was killed may have saved more than it had traced, or another client may have
    saved it in the same journal, so that its next run starts later in the log. Then the session is
    not whole, and only the client itself can show all of it.
    """

    viewer: str
    cursor: int = 0
    is_whole: bool = True
    session_id: str = ""
    _told: dict[str, _Told] = field(default_factory=dict[str, _Told])
    _acknowledged: Counter[str] = field(default_factory=Counter[str])
    _ended: Counter[str] = field(default_factory=Counter[str])
    _lost: list[str] = field(default_factory=list[str])
    _doubled: list[str] = field(default_factory=list[str])
    _is_catching_up: bool = False
    _newest: int = 0
    _here: set[str] = field(default_factory=set[str])

    @property
    def picture(self) -> ShownSession:
        """What the viewer shows now."""
        messages = (
            ShownMessage(each.text, each.state, each.answer) for each in self._told.values()
        )
        faults = (tuple(self._lost), tuple(self._doubled))
        return ShownSession(self.viewer, tuple(messages), *faults, is_whole=self.is_whole)

    @property
    def unanswered(self) -> int:
        """How many messages queued in this run have no answer yet."""
        return sum(self._told[name].state != "answered" for name in self._here)

    @property
    def answered(self) -> int:
        """How many messages have been answered."""
        return sum(each.state == "answered" for each in self._told.values())

    def has_answered(self, text: str) -> bool:
        """Return whether the latest message with this text has its answer."""
        told = (each.state for each in reversed(self._told.values()) if each.text == text)
        return next(told, "") == "answered"

    def restarted(self) -> None:
        """Note that the client was started again: it may receive some entries a second time."""
        self._is_catching_up = True
        self._newest = 0
        self._here.clear()

    def take(self, line: TraceLine) -> None:
        """Take the next line."""
        match line.event:
            case "queued":
                self._queued(line.id, str(line.message.get("content", "")))
            case "sent" | "accepted" | "uncertain" | "failed" | "interrupted":
                told = self._told.get(line.id)
                if told is not None and told.state != "answered":
                    told.state = line.event
            case "discarded":
                self._told.pop(line.id, None)
                self._here.discard(line.id)
            case "online":
                self.session_id = line.session_id
            case "sessionreset" | "sessionlost":
                self._from_the_start(is_lost=line.event == "sessionlost")
            case "received":
                self._received(line.message)
            case _:
                """It is about the connection."""

    def take_all(self, lines: Iterable[TraceLine]) -> None:
        """Take several lines."""
        for line in lines:
            self.take(line)

    def _queued(self, name: str, text: str) -> None:
        told = self._told.setdefault(name, _Told(text))
        self._here.add(name)
        if told.state == "answered":
            if not self._is_catching_up:
                self._doubled.append(f"{text!r} waits again, and was answered")
            return
        told.state = "queued"

    def _from_the_start(self, *, is_lost: bool) -> None:
        """Start the log over; only the answers of a lost session stay, the others come again."""
        self.cursor = self._newest = 0
        self._acknowledged.clear()
        self._ended.clear()
        for told in self._told.values():
            if not is_lost and told.state == "answered":
                told.state, told.answer = "gone", ""

    # ---- The session's log ---------------------------------------------------------------------

    def _received(self, message: Message) -> None:
        if not self._is_due(message):
            return
        match message["type"]:
            case "chat.message" if message.get("role") == "user":
                self._asked(str(message["id"]), str(message["content"]))
            case "chat.message":
                self._of(message).answer = str(message["content"])
                self._end(message)
            case "chat.stream.start":
                self._start(message)
            case "chat.stream.delta":
                self._grow(message)
            case "chat.stream.end":
                self._end(message)
            case "error" if message.get("requestId") in self._told:
                self._of(message).state = f"refused: {message.get('code')}"
            case _:
                """It says nothing of a message."""

    def _is_due(self, message: Message) -> bool:
        """Return whether an entry is due by the rule of the log; note gaps and repetitions."""
        seq, prev = message.get("seq"), message.get("prev")
        if not isinstance(seq, int) or not isinstance(prev, int):
            return True
        if seq <= self._newest:
            self._doubled.append(f"entry {seq} after entry {self._newest}")
            return False
        self._newest = seq
        if seq <= self.cursor:
            if not self._is_catching_up:
                self._doubled.append(f"entry {seq} again, after entry {self.cursor}")
            return False
        if prev > self.cursor and self._is_catching_up:
            self.is_whole = False
        elif prev > self.cursor:
            self._lost.append(f"entry {prev} before entry {seq}, after entry {self.cursor}")
        self.cursor = seq
        self._is_catching_up = False
        return True

    def _asked(self, name: str, text: str) -> None:
        told = self._told.setdefault(name, _Told(text))
        if told.text != text:
            self._lost.append(f"{told.text!r} came back as {text!r}")
        self._acknowledged[name] += 1
        if self._acknowledged[name] > 1:
            self._doubled.append(f"{text!r} is {self._acknowledged[name]} times in the log")
        told.state = "accepted"

    def _start(self, message: Message) -> None:
        told = self._of(message)
        attempt, offset = message.get("attempt", 1), message.get("offset", 0)
        if attempt != 1 and isinstance(offset, int):
            if offset > len(told.answer) and self.is_whole:
                self._lost.append(f"the answer to {told.text!r} before character {offset}")
            told.answer = told.answer[:offset]

    def _grow(self, message: Message) -> None:
        told = self._of(message)
        if told.state == "answered":
            self._doubled.append(f"the answer to {told.text!r} grows after its end")
        told.answer += str(message["delta"])

    def _end(self, message: Message) -> None:
        told = self._of(message)
        name = str(message.get("requestId"))
        self._ended[name] += 1
        if self._ended[name] > 1:
            self._doubled.append(f"the answer to {told.text!r} ends {self._ended[name]} times")
        status = message.get("status") or "complete"
        told.state = "answered" if status == "complete" else str(status)

    def _of(self, message: Message) -> _Told:
        return self._told.setdefault(str(message.get("requestId")), _Told())
