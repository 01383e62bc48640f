"""The session rules of plain mode: which message goes out when, and how far each has come.

Pure: it is told what happened and answers with events. It must never touch a socket or a clock.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from reconnect_core.errors import MessageTooLarge, OutboxFull
from reconnect_core.events import (
    Accepted,
    Discarded,
    Event,
    Failed,
    Interrupted,
    Queued,
    Sent,
    SessionLost,
    SessionOpened,
    Uncertain,
)
from reconnect_core.verdict import TOO_LARGE, Failure
from tek_protocol import Envelope, encode
from tek_protocol.session import ENDING_TYPES, FRAME_LIMIT, TURN_TYPES

_SESSION_ID_ROOM = 256
"""Bytes kept free in a frame for a session id that may only be known when it is written."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a session holds: frames in bytes, the outbox in messages and bytes."""

    frame_bytes: int = FRAME_LIMIT
    outbox_messages: int = 1_000
    outbox_bytes: int = 8 * FRAME_LIMIT


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A submitted message; `body` is what the caller gave, with its id."""

    id: str
    body: Mapping[str, object]
    size: int
    met_lost_session: bool = False

    @property
    def starts_turn(self) -> bool:
        """Whether the gateway refuses it while another turn of the session runs."""
        return self.body.get("type") in TURN_TYPES


@dataclass(slots=True)
class Ledger:
    """Every message that was submitted and is not settled, and the session that it belongs to.

    A message is in exactly one place: `waiting` (never written), `flying` (written, no answer
    yet), `uncertain` (written, and the connection lost) or `failed`. It leaves when the gateway
    answers it.
    """

    session_id: str = ""
    limits: Limits = Limits()
    waiting: deque[Outgoing] = field(default_factory=deque)
    flying: dict[str, Outgoing] = field(default_factory=dict)
    uncertain: dict[str, Outgoing] = field(default_factory=dict)
    failed: dict[str, Outgoing] = field(default_factory=dict)
    turn: str | None = None

    @property
    def in_flight(self) -> bool:
        """Whether the gateway owes an answer, or the rest of one."""
        return bool(self.flying) or self.turn is not None

    def submit(self, message_id: str, body: Mapping[str, object]) -> list[Event]:
        """Take a message; raises `NotQueued` and changes nothing when it cannot."""
        message = Outgoing(message_id, body, len(encode(body).encode()) + _SESSION_ID_ROOM)
        if message.size > self.limits.frame_bytes:
            raise MessageTooLarge(message.size, self.limits.frame_bytes)
        held = sum(each.size for each in self.waiting)
        full = len(self.waiting) >= self.limits.outbox_messages
        if full or held + message.size > self.limits.outbox_bytes:
            raise OutboxFull(len(self.waiting), held)
        self.waiting.append(message)
        return [Queued(message_id, body)]

    def next_to_write(self) -> Outgoing | None:
        """Return the first message that may be written now.

        While a turn runs, the next one is held back, or the gateway would refuse it, and before
        the session is named would even start another. What starts no turn overtakes it: a turn
        may be waiting for just that message.
        """
        free = (each for each in self.waiting if self.turn is None or not each.starts_turn)
        return next(free, None)

    def frame(self, message: Outgoing) -> str:
        """Return the text to send for `message`, in the session as it is known now."""
        session = {"sessionId": self.session_id} if self.session_id else {}
        return encode({**session, **message.body})

    def written(self, message: Outgoing) -> list[Event]:
        """Note that any byte of `message` may be on its way."""
        self.waiting.remove(message)
        self.flying[message.id] = message
        if message.starts_turn:
            self.turn = message.id
        return [Sent(message.id)]

    def received(self, envelope: Envelope) -> list[Event]:
        """Note what the gateway said."""
        events: list[Event] = []
        request = envelope.request_id
        if request is not None and envelope.code == "SESSION_NOT_FOUND" and request == self.turn:
            return self._lost_session(request)
        if envelope.session_id and envelope.session_id != self.session_id:
            self.session_id = envelope.session_id
            events.append(SessionOpened(self.session_id))
        if request is None:
            return events
        if self.flying.pop(request, None) is not None:
            events.append(Accepted(request))
        if request == self.turn and envelope.type in ENDING_TYPES:
            self.turn = None
        return events

    def dropped(self, failure: Failure) -> list[Event]:
        """Note that the connection is lost; nothing that was written is sent again by itself."""
        events: list[Event] = []
        if self.turn is not None and self.turn not in self.flying:
            events.append(Interrupted(self.turn))
        self.turn = None
        if failure.code == TOO_LARGE and self.flying:
            largest = max(self.flying.values(), key=lambda each: each.size)
            self.failed[largest.id] = self.flying.pop(largest.id)
            events.append(Failed(largest.id, "the gateway takes no frame that large"))
        events += [Uncertain(each) for each in self.flying]
        self.uncertain |= self.flying
        self.flying.clear()
        return events

    def resend(self, message_id: str) -> list[Event]:
        """Queue an uncertain or failed message again; raises `KeyError` for any other."""
        message = self._take_aside(message_id)
        self.waiting.append(message)
        return [Queued(message_id, message.body)]

    def discard(self, message_id: str) -> list[Event]:
        """Forget a message that is not being sent; raises `KeyError` for any other."""
        for message in self.waiting:
            if message.id == message_id:
                self.waiting.remove(message)
                break
        else:
            self._take_aside(message_id)
        return [Discarded(message_id)]

    def _take_aside(self, message_id: str) -> Outgoing:
        place = self.uncertain if message_id in self.uncertain else self.failed
        return place.pop(message_id)

    def _lost_session(self, request: str) -> list[Event]:
        """Queue the turn once more: the gateway refused it unrun, so that this is safe."""
        message = self.flying.pop(request, None)
        self.turn = None
        if message is None:
            return []
        if message.met_lost_session:
            return [Accepted(request)]
        lost, self.session_id = self.session_id, ""
        self.waiting.appendleft(replace(message, met_lost_session=True))
        return [SessionLost(lost), Queued(request, message.body)]
