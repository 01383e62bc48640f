"""The session rules of plain mode: which message goes out when, and how far each has come.

Pure: it is told what happened and answers with events. It must never touch a socket or a clock.
"""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Self

from reconnect_core.errors import IdInUse, MessageTooLarge, OutboxFull
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
from tek_protocol import DecodeError, Envelope, encode, read_object
from tek_protocol.session import ENDING_TYPES, FRAME_LIMIT, TURN_TYPES

_LONGEST_SESSION_ID = 256
"""Characters; a longer one is not adopted, or no message would fit beside it."""

_SESSION_ID_ROOM = 6 * _LONGEST_SESSION_ID + len('"sessionId":"",')
"""Bytes kept free in a frame for a session id that may only be known when it is written; JSON
spells a character with up to six."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a session holds: frames in bytes, the outbox in messages and bytes.

    The outbox is every message that is not settled: queued, sent, uncertain or failed.
    """

    frame_bytes: int = FRAME_LIMIT
    outbox_messages: int = 1_000
    outbox_bytes: int = 8 * FRAME_LIMIT


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A submitted message; `text` is what the caller gave, with its id, and `body` a copy of it.

    `starts_turn` says that the gateway refuses it while another turn of the session runs, and
    `names_session` that the caller chose the session.
    """

    id: str
    text: str
    body: Mapping[str, object] = field(repr=False)
    size: int
    starts_turn: bool
    names_session: bool
    met_lost_session: bool = False

    @classmethod
    def of(cls, message_id: str, body: Mapping[str, object]) -> Self:
        """Encode `body` at once: what the caller does to it later changes nothing.

        Raises `TypeError` for what JSON cannot hold.
        """
        text = encode(body)
        try:
            copy = read_object(text)
        except DecodeError as error:
            raise TypeError(str(error)) from error
        size = len(text.encode()) + _SESSION_ID_ROOM
        starts_turn = copy.get("type") in TURN_TYPES
        return cls(message_id, text, copy, size, starts_turn, "sessionId" in copy)

    def queued(self) -> Queued:
        """Return the event of its being queued."""
        return Queued(self.id, self.body)


@dataclass(slots=True)
class Ledger:
    """Every message that was submitted and is not settled, and the session that it belongs to.

    A message is in exactly one place: `waiting` (never written), `flying` (written, no answer
    yet), `uncertain` (written, and the connection lost) or `failed`. It leaves when the gateway
    answers it. `turn` is the message whose answer has not ended.
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

    def __iter__(self) -> Iterator[Outgoing]:
        """Yield every message that is not settled."""
        written = (self.flying, self.uncertain, self.failed)
        return chain(self.waiting, *(place.values() for place in written))

    def __contains__(self, message_id: str) -> bool:
        """Return whether a message of this id is not settled, or its answer has not ended."""
        return message_id == self.turn or any(each.id == message_id for each in self)

    def submit(self, message_id: str, body: Mapping[str, object]) -> list[Event]:
        """Take a message; raises `NotQueued` and changes nothing when it cannot."""
        message = Outgoing.of(message_id, body)
        if message_id in self:
            raise IdInUse(message_id)
        if message.size > self.limits.frame_bytes:
            raise MessageTooLarge(message.size, self.limits.frame_bytes)
        count, held = sum(1 for _ in self), sum(each.size for each in self)
        full = count >= self.limits.outbox_messages
        if full or held + message.size > self.limits.outbox_bytes:
            raise OutboxFull(count, held)
        self.waiting.append(message)
        return [message.queued()]

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
        if not self.session_id or message.names_session:
            return message.text
        return f"{encode({'sessionId': self.session_id})[:-1]},{message.text[1:]}"

    def written(self, message: Outgoing) -> list[Event]:
        """Note that any byte of `message` may be on its way."""
        self.waiting.remove(message)
        self.flying[message.id] = message
        if message.starts_turn:
            self.turn = message.id
        return [Sent(message.id)]

    def received(self, envelope: Envelope) -> list[Event]:
        """Note what the gateway said."""
        request = envelope.request_id
        if envelope.code == "INVALID_MESSAGE" and request is None:
            return self._not_understood(envelope)
        if envelope.code == "SESSION_NOT_FOUND" and request is not None and request == self.turn:
            return self._lost_session(request)
        events = self._adopt(envelope.session_id or "")
        if request is None:
            return events
        for place in (self.flying, self.uncertain, self.failed):
            if place.pop(request, None) is not None:
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
            events += self._set_aside(largest.id, "the gateway takes no frame that large")
        events += [Uncertain(each) for each in self.flying]
        self.uncertain |= self.flying
        self.flying.clear()
        return events

    def resend(self, message_id: str) -> list[Event]:
        """Queue an uncertain or failed message again; raises `KeyError` for any other."""
        message = replace(self._take_aside(message_id), met_lost_session=False)
        self.waiting.append(message)
        return [message.queued()]

    def discard(self, message_id: str) -> list[Event]:
        """Forget a message that is not being sent; raises `KeyError` for any other."""
        for message in self.waiting:
            if message.id == message_id:
                self.waiting.remove(message)
                break
        else:
            self._take_aside(message_id)
        return [Discarded(message_id)]

    def _adopt(self, session_id: str) -> list[Event]:
        known = session_id in {"", self.session_id}
        if known or len(session_id) > _LONGEST_SESSION_ID:
            return []
        self.session_id = session_id
        return [SessionOpened(session_id)]

    def _take_aside(self, message_id: str) -> Outgoing:
        place = self.uncertain if message_id in self.uncertain else self.failed
        return place.pop(message_id)

    def _set_aside(self, message_id: str, reason: str) -> list[Event]:
        self.failed[message_id] = self.flying.pop(message_id)
        return [Failed(message_id, reason)]

    def _not_understood(self, envelope: Envelope) -> list[Event]:
        """Set the first unanswered message aside: the gateway reads in order and named no other.

        Otherwise its turn would never end, and hold every later message back.
        """
        first = next(iter(self.flying), None)
        if first is None:
            return []
        if first == self.turn:
            self.turn = None
        return self._set_aside(first, envelope.message or "the gateway did not understand it")

    def _lost_session(self, request: str) -> list[Event]:
        """Queue the turn once more: the gateway refused it unrun, so that this is safe."""
        message = self.flying.pop(request, None)
        self.turn = None
        if message is None:
            return []
        if message.met_lost_session:
            return [Accepted(request)]
        lost, self.session_id = self.session_id, ""
        again = replace(message, met_lost_session=True)
        self.waiting.appendleft(again)
        return [SessionLost(lost), again.queued()]
