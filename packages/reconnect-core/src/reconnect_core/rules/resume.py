"""The rules of a connection in resume mode: every entry once, every message until acknowledged.

Pure: it is told what happened and answers with events. It must never touch a socket or a clock.
"""

from dataclasses import dataclass, field

import msgspec

from reconnect_core.events import (
    Accepted,
    Event,
    Interrupted,
    Received,
    SessionLost,
    SessionOpened,
    SessionReset,
    Uncertain,
)
from reconnect_core.rules.mode import KEPT_BACK, PASSED_ON, Heard
from reconnect_core.rules.outbox import Outbox
from reconnect_core.rules.outgoing import LONGEST_SESSION_ID, OutgoingMessage
from reconnect_core.rules.poison import blame
from reconnect_core.rules.verdict import Cause, Failure
from tek_protocol import DecodeError, Envelope, decode, encode
from tek_protocol.resume_frames import GatewayLimits, GoAway, Resume, Resumed

_RESUMED = msgspec.json.Decoder(Resumed)
_GOAWAY = msgspec.json.Decoder(GoAway)


def _broken(detail: str) -> Heard:
    return Heard(is_passed_on=False, failure=Failure(Cause.CLOSED, detail))


@dataclass(slots=True)
class ResumeRules:
    """What `tek.resume.v1` asks for. `id` names the requests to resume of this connection.

    An entry is applied if and only if `prev <= cursor < seq`. `duplicates` counts those that
    had been applied before.
    """

    ledger: Outbox
    id: str
    is_online: bool = False
    progress: int = 0
    duplicates: int = 0
    _asked: int = 0
    _frame: str | None = None
    _is_answered: bool = False
    _answered_at: int = 0
    _head: int = 0
    _window: int = GatewayLimits().outbox_messages
    _unsure: list[str] = field(default_factory=list)

    @property
    def in_flight(self) -> bool:
        """Whether the gateway owes an answer, or the rest of one."""
        return bool(self.ledger.flying or self.ledger.running)

    # ---- Out ---------------------------------------------------------------------------------

    def opened(self) -> list[Event]:
        """Ask for the session before anything else."""
        self._ask()
        return []

    def take_frame(self) -> str | None:
        """Return the request to resume, once."""
        frame, self._frame = self._frame, None
        return frame

    def next_to_write(self) -> OutgoingMessage | None:
        """Return the first message of the outbox, unless too many are unacknowledged."""
        ledger = self.ledger
        if not self.is_online or len(ledger.flying) >= self._window or not ledger.waiting:
            return None
        return ledger.waiting[0]

    def frame(self, message: OutgoingMessage) -> str:
        """Return the text to send for `message`; its session is the attached one."""
        return message.text

    def written(self, message: OutgoingMessage) -> list[Event]:
        """Note that any byte of `message` may be on its way."""
        return self.ledger.fly(message)

    def dropped(self, failure: Failure) -> list[Event]:
        """Note that the connection is lost; what is not acknowledged will be sent again."""
        return [*self._tell_unsure(), *blame(self.ledger, failure), *self.ledger.requeue()]

    # ---- In ----------------------------------------------------------------------------------

    def received(self, received: Received) -> Heard:
        """Note what the gateway said."""
        envelope = received.envelope
        if envelope.seq is not None and envelope.prev is not None:
            return self._entry(received, envelope.seq, envelope.prev)
        match envelope.type:
            case "session.resumed":
                return self._resumed(received)
            case "gateway.goaway":
                return self._leaving(received)
            case _:
                return self._answer(envelope)

    def _entry(self, received: Received, seq: int, prev: int) -> Heard:
        if not self._is_answered:  # of an earlier attachment; it comes again
            return KEPT_BACK
        if seq <= self.ledger.cursor:
            self.duplicates += 1
            return Heard(self._acknowledged(received.envelope), is_passed_on=False)
        if prev > self.ledger.cursor:
            return self._gap()
        self.ledger.apply(received, seq)
        self.progress += 1
        if self.is_online and not self._settles(received.envelope):
            return PASSED_ON
        return Heard([*self._settled(received.envelope), *self._catch_up()])

    def _gap(self) -> Heard:
        """Resume from the cursor, unless the gateway has just left the same entries out."""
        if self.progress == self._answered_at:
            return _broken("the gateway left entries of the session out")
        self._ask()
        return Heard(self.ledger.requeue(), is_passed_on=False)

    def _settles(self, envelope: Envelope) -> bool:
        """Return whether an entry acknowledges a message or ends a turn; most do neither."""
        dialect = self.ledger.dialect
        return (envelope.id is not None and dialect.acknowledges_with(envelope.type)) or (
            envelope.request_id is not None and dialect.ends_turn(envelope.type)
        )

    def _settled(self, envelope: Envelope) -> list[Event]:
        events = self._acknowledged(envelope)
        if envelope.request_id is not None and self.ledger.dialect.ends_turn(envelope.type):
            self.ledger.running.discard(envelope.request_id)
        return events

    def _acknowledged(self, envelope: Envelope) -> list[Event]:
        if envelope.id is None or not self.ledger.dialect.acknowledges_with(envelope.type):
            return []
        message = self.ledger.accept(envelope.id, even_waiting=True)
        if message is None:
            return []
        if message.starts_turn:
            self.ledger.running.add(message.id)
        return [Accepted(message.id)]

    def _answer(self, envelope: Envelope) -> Heard:
        """Settle a message of the outbox by an answer that is no entry."""
        request = envelope.request_id
        if request == self._resume_id and envelope.type == "error":
            return _broken(f"the session was not resumed: {envelope.code}")
        first = self.ledger.first_flying()
        nameless = envelope.code == "INVALID_MESSAGE" and request is None and first is not None
        refused = first if nameless else self.ledger.flying.get(request or "")
        if refused is None:
            return PASSED_ON
        if envelope.type == "error":
            reason = envelope.message or envelope.code or "the gateway refused it"
            return Heard(self.ledger.set_aside(refused, reason))
        self.ledger.accept(refused.id)
        return Heard([Accepted(refused.id)])

    def _leaving(self, received: Received) -> Heard:
        try:
            return Heard(is_passed_on=False, goaway=decode(received.text, _GOAWAY))
        except DecodeError:
            return PASSED_ON

    # ---- The session -------------------------------------------------------------------------

    @property
    def _resume_id(self) -> str:
        return f"{self.id}.{self._asked}"

    def _ask(self) -> None:
        self._asked += 1
        self._is_answered = self.is_online = False
        if not self.ledger.session_id:
            self.ledger.move("", 0)
        ask = Resume(self._resume_id, self.ledger.session_id or None, self.ledger.cursor)
        self._frame = encode(ask)

    def _resumed(self, received: Received) -> Heard:
        try:
            resumed = decode(received.text, _RESUMED)
        except DecodeError:
            return _broken("the gateway's answer to the resumption cannot be read")
        if self._is_answered or resumed.request_id != self._resume_id:
            return KEPT_BACK
        if not 0 < len(resumed.session_id) <= LONGEST_SESSION_ID:
            return _broken("the gateway named no session")
        self._is_answered = True
        self.progress += 1
        self._answered_at = self.progress
        self._head = resumed.head
        events = [*self._outcome(resumed), *self._limit(resumed.limits), *self._catch_up()]
        return Heard(events, is_passed_on=False)

    def _outcome(self, resumed: Resumed) -> list[Event]:
        known, named = self.ledger.session_id, resumed.session_id
        was_plain, self.ledger.was_plain = self.ledger.was_plain, False
        if known == named and resumed.outcome == "resumed":
            return [SessionReset(named)] if was_plain else []
        self.ledger.move(named, 0)
        cut = [Interrupted(each) for each in sorted(self.ledger.running)]
        self.ledger.running.clear()
        doubtful = self.ledger.doubt()
        if resumed.outcome == "reset":
            self._unsure += doubtful
            return [SessionReset(named)]
        lost = [SessionLost(known)] if known else []
        return [*cut, *lost, SessionOpened(named), *map(Uncertain, doubtful)]

    def _limit(self, limits: GatewayLimits) -> list[Event]:
        self._window = max(1, limits.outbox_messages)
        self.ledger.gateway_frame_bytes = max(1, limits.frame_bytes)
        large = [each for each in self.ledger.waiting if each.bare_size > self.ledger.frame_bytes]
        reason = "the gateway takes no frame that large"
        return [event for each in large for event in self.ledger.set_aside(each, reason)]

    def _catch_up(self) -> list[Event]:
        """Be online once the replay has reached the head of the log."""
        if self.is_online or self.ledger.cursor < self._head:
            return []
        self.is_online = True
        return self._tell_unsure()

    def _tell_unsure(self) -> list[Event]:
        """Tell of what the replay did not bring back; it has been set aside since the reset."""
        unsure, self._unsure = self._unsure, []
        return [Uncertain(each) for each in unsure if each in self.ledger.uncertain]
