"""What the client saw, and when. Pure: events and times in, lines out."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from reconnect_core import events as on
from tek_chat import Answer, View


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """A line: `at` in seconds since the start, `who` is you, client, gateway or demo."""

    at: float
    who: str
    text: str


@dataclass(frozen=True, slots=True)
class RetryWait:
    """A wait before a reconnect attempt, in seconds; `real` is None while it lasts."""

    planned: float
    began: float
    real: float | None = None


@dataclass(slots=True)
class Timeline:
    """Every line so far, and the waits and drops for the summary."""

    entries: list[TimelineEntry] = field(default_factory=list[TimelineEntry])
    waits: list[RetryWait] = field(default_factory=list[RetryWait])
    drops: int = 0
    _is_online: bool = False

    def add(self, at: float, who: str, text: str) -> None:
        """Add a line."""
        self.entries.append(TimelineEntry(at, who, text))

    def note(self, at: float, event: on.Event, view: View) -> None:  # noqa: C901, PLR0912 - one case per event
        """Add a line for `event`, if it is worth one; `view` is the view after it."""
        match event:
            case on.Waiting(connection, delay):
                if self._is_online and view.growing is not None:
                    self.add(at, "client", f"the answer pauses at {_last(view.growing)}")
                self._lost()
                self.waits.append(RetryWait(delay, at))
                attempt = connection.attempt + 1
                text = f"{connection.reason}; attempt {attempt} in {delay:.2f} s"
                self.add(at, "client", text)
            case on.Connecting():
                self._end_wait(at)
            case on.Online(connection):
                self._is_online = True
                queued = f", {connection.queued} queued" if connection.queued else ""
                self.add(at, "client", f"online{queued}")
            case on.SessionOpened(session_id):
                self.add(at, "client", f"the session is {session_id}")
            case on.SessionLost(session_id):
                self.add(at, "client", f"the gateway no longer has session {session_id}")
            case on.Queued(message_id, message) if not self._is_online:
                self.add(at, "client", f"“{message.get('content')}” is queued")
            case on.Sent(message_id):
                self.add(at, "client", f"“{_text(view, message_id)}” is sent")
            case on.Accepted(message_id):
                self.add(at, "gateway", f"“{_text(view, message_id)}” is accepted")
            case on.Uncertain(message_id):
                self.add(at, "client", f"“{_text(view, message_id)}” may have arrived")
            case on.Interrupted(message_id):
                self.add(at, "client", f"the answer is interrupted at {_reached(view, message_id)}")
            case on.Received(envelope) if envelope.type == "chat.stream.start":
                if view.growing is not None and view.growing.text:
                    self.add(at, "gateway", f"the answer continues after {_last(view.growing)}")
            case on.Received(envelope) if envelope.type == "chat.stream.end":
                text = f"the answer is complete at {_reached(view, envelope.request_id or '')}"
                self.add(at, "gateway", text)
            case _:
                pass

    def _lost(self) -> None:
        self.drops += self._is_online
        self._is_online = False

    def _end_wait(self, at: float) -> None:
        if self.waits and self.waits[-1].real is None:
            last = self.waits[-1]
            self.waits[-1] = RetryWait(last.planned, last.began, at - last.began)


def say_waits(waits: Sequence[RetryWait]) -> str:
    """Return the planned and real waits as text, in seconds."""
    told = (f"{each.planned:.2f} s planned, {each.real or 0:.2f} s waited" for each in waits)
    return "; ".join(told) or "none"


def _text(view: View, message_id: str) -> str:
    exchange = view.exchange(message_id)
    return "" if exchange is None else exchange.text


def _reached(view: View, message_id: str) -> str:
    """Return the last number shown."""
    exchange = view.exchange(message_id)
    answer = None if exchange is None else exchange.answer
    return "nothing" if answer is None else _last(answer)


def _last(answer: Answer) -> str:
    words = answer.text.split()
    return words[-1] if words else "nothing"
