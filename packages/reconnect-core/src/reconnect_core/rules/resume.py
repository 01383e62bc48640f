"""The rules of a connection in resume mode: every entry once, every message until acknowledged.

Pure: facts in, events out. `resume_phase` has the table that these rules act on.
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
from reconnect_core.rules.link_rules import DROPPED, PASSED_ON, Effect
from reconnect_core.rules.outbox import Outbox
from reconnect_core.rules.outgoing import OutgoingMessage
from reconnect_core.rules.poison_message import fail_poison_message
from reconnect_core.rules.resume_phase import (
    NEXT_ENTRY,
    RESUMED,
    TRANSITIONS,
    Action,
    Arrival,
    Asking,
    Live,
    Replaying,
    ResumePhase,
    arrival_of,
    is_same_copy,
)
from reconnect_core.rules.verdict import Cause, Failure
from tek_protocol import DecodeError, Envelope, decode, encode
from tek_protocol.resume_frames import GatewayLimits, GoAway, Resume, Resumed

_GOAWAY = msgspec.json.Decoder(GoAway)
_GIVEN_UP = {
    Arrival.BAD_ANSWER: "the gateway's answer to session.resume is invalid",
    Arrival.SAME_GAP: "the gateway left entries of the session out",
}


@dataclass(slots=True)
class ResumeRules:
    """What `tek.resume.v1` asks for. `id` names the requests to resume of this connection.

    `duplicates` counts the entries that had been applied before.
    """

    outbox: Outbox
    id: str
    phase: ResumePhase = field(init=False)
    progress: int = 0
    duplicates: int = 0
    _asked: int = 0
    _request: str | None = None
    _settling: frozenset[str] = field(init=False)
    _any_acknowledges: bool = field(init=False)

    def __post_init__(self) -> None:
        """Begin with the first request to resume, and look the dialect up once."""
        dialect = self.outbox.dialect
        self._settling = dialect.endings | {dialect.acknowledges}
        self._any_acknowledges = not dialect.acknowledges
        self.phase = self._ask()

    @property
    def is_online(self) -> bool:
        """Whether the replay has reached the head, so that messages flow both ways."""
        return isinstance(self.phase, Live)

    @property
    def awaits_answer(self) -> bool:
        """Whether an answer, or the rest of one, is due from the gateway."""
        return bool(self.outbox.in_flight or self.outbox.running_turns)

    # ---- Out ---------------------------------------------------------------------------------

    def opened(self) -> list[Event]:
        """Return nothing: the request to resume is ready, and its answer brings the events."""
        return []

    def take_frame(self) -> str | None:
        """Return the request to resume, once."""
        request, self._request = self._request, None
        return request

    def next_to_write(self) -> OutgoingMessage | None:
        """Return the first queued message, unless too many are unacknowledged."""
        outbox = self.outbox
        if not self.is_online or not outbox.queued or outbox.is_window_full:
            return None
        return outbox.queued[0]

    def frame(self, message: OutgoingMessage) -> str:
        """Return the text to send for `message`; the connection says in which session."""
        return message.text

    def written(self, message: OutgoingMessage) -> list[Event]:
        """Record that some bytes of `message` may have left."""
        return self.outbox.mark_sent(message)

    def dropped(self, failure: Failure) -> list[Event]:
        """Return what follows from the loss: what is not acknowledged is sent again."""
        doubtful = () if isinstance(self.phase, Live) else self.phase.doubtful
        failed = fail_poison_message(self.outbox, failure)
        return [*self._uncertain(doubtful), *failed, *self.outbox.requeue()]

    # ---- In ----------------------------------------------------------------------------------

    def received(self, received: Received) -> Effect:
        """Do what the table says."""
        outbox = self.outbox
        arrival = arrival_of(self.phase, received, outbox.session_id, outbox.cursor)
        if arrival is NEXT_ENTRY:  # Nearly always, so it does not pay for the lookup below.
            return self._apply(received)
        match TRANSITIONS[type(self.phase)][arrival].action:
            case Action.APPLY:
                effect = self._go_live(self._apply(received))
            case Action.ACKNOWLEDGE:
                self.duplicates += 1
                effect = Effect(self._acknowledged(received.envelope), is_passed_on=False)
            case Action.SETTLE:
                effect = self._settle(received.envelope)
            case Action.ADOPT:
                effect = Effect(self._adopt(decode(received.text, RESUMED)), is_passed_on=False)
            case Action.ASK_AGAIN:
                self.phase = self._ask()
                effect = Effect(outbox.requeue(), is_passed_on=False)
            case Action.NOTE_GOAWAY:
                effect = _goaway(received)
            case Action.DROP:
                effect = DROPPED
            case Action.GIVE_UP:
                rejected = f"the session was not resumed: {received.envelope.code}"
                detail = _GIVEN_UP.get(arrival, rejected)
                effect = Effect(is_passed_on=False, failure=Failure(Cause.CLOSED, detail))
        return effect

    def _apply(self, received: Received) -> Effect:
        envelope = received.envelope
        self.outbox.apply(received, envelope.seq or 0)
        self.progress += 1
        is_acknowledgement = envelope.id is not None and self._any_acknowledges
        if not (is_acknowledgement or envelope.type in self._settling):
            return PASSED_ON
        if envelope.request_id is not None and self.outbox.dialect.ends_turn(envelope.type):
            self.outbox.running_turns.discard(envelope.request_id)
        return Effect(self._acknowledged(envelope))

    def _go_live(self, last: Effect) -> Effect:
        """Return the effect of the last entry of the replay, which ends the doubt."""
        if not isinstance(self.phase, Replaying):
            return last
        replayed, self.phase = self.phase, Live(self.phase.id, self.phase.start)
        return Effect([*last.events, *self._uncertain(replayed.doubtful)])

    def _acknowledged(self, envelope: Envelope) -> list[Event]:
        if envelope.id is None or not self.outbox.dialect.acknowledges_with(envelope.type):
            return []
        message = self.outbox.accept(envelope.id, even_queued=True)
        if message is None:
            return []
        if message.starts_turn:
            self.outbox.running_turns.add(message.id)
        return [Accepted(message.id)]

    def _settle(self, envelope: Envelope) -> Effect:
        """Settle a message of the outbox by an answer that is not an entry of the log."""
        request = envelope.request_id
        first = self.outbox.first_in_flight()
        is_unnamed = envelope.code == "INVALID_MESSAGE" and request is None and first is not None
        answered = first if is_unnamed else self.outbox.in_flight.get(request or "")
        if answered is None:
            return PASSED_ON
        if envelope.type == "error":
            reason = envelope.message or envelope.code or "the gateway refused it"
            return Effect(self.outbox.mark_failed(answered, reason))
        self.outbox.accept(answered.id)
        return Effect([Accepted(answered.id)])

    # ---- The session -------------------------------------------------------------------------

    def _ask(self) -> Asking:
        doubtful = self.phase.doubtful if self._asked and not isinstance(self.phase, Live) else ()
        self._asked += 1
        if not self.outbox.session_id:
            self.outbox.move("", 0)
        asking = Asking(f"{self.id}.{self._asked}", doubtful)
        ask = Resume(asking.id, self.outbox.session_id or None, self.outbox.cursor)
        self._request = encode(ask)
        return asking

    def _adopt(self, resumed: Resumed) -> list[Event]:
        """Go on with the session that the gateway has, and replay it up to its head."""
        doubtful = () if isinstance(self.phase, Live) else self.phase.doubtful
        events, newly_doubtful = self._outcome(resumed)
        doubtful += newly_doubtful
        events += self._limit(resumed.limits)
        self.progress += 1
        start = self.outbox.cursor
        if start < resumed.head:
            self.phase = Replaying(self.phase.id, resumed.head, start, doubtful)
            return events
        self.phase = Live(self.phase.id, start)
        return [*events, *self._uncertain(doubtful)]

    def _outcome(self, resumed: Resumed) -> tuple[list[Event], tuple[str, ...]]:
        """Return the events of the outcome, and the messages that the replay may bring back."""
        outbox, named = self.outbox, resumed.session_id
        known, was_plain = outbox.session_id, outbox.was_plain
        outbox.was_plain = False
        if is_same_copy(resumed, known):
            return ([SessionReset(named)] if was_plain else []), ()
        outbox.move(named, 0)
        cut = [Interrupted(each) for each in sorted(outbox.running_turns)]
        outbox.running_turns.clear()
        uncertain = outbox.mark_uncertain()
        if resumed.outcome == "reset":
            return [SessionReset(named)], tuple(uncertain)
        lost = [SessionLost(known)] if known else []
        return [*cut, *lost, SessionOpened(named), *map(Uncertain, uncertain)], ()

    def _limit(self, limits: GatewayLimits) -> list[Event]:
        """Take over the gateway's limits, and fail the messages that are too large for it."""
        self.outbox.gateway_limits = limits
        large = [each for each in self.outbox.queued if each.bare_size > self.outbox.frame_bytes]
        reason = "the gateway takes no frame that large"
        return [event for each in large for event in self.outbox.mark_failed(each, reason)]

    def _uncertain(self, doubtful: tuple[str, ...]) -> list[Event]:
        """Return the events of what the replay did not bring back."""
        return [Uncertain(each) for each in doubtful if each in self.outbox.uncertain]


def _goaway(received: Received) -> Effect:
    try:
        return Effect(is_passed_on=False, goaway=decode(received.text, _GOAWAY))
    except DecodeError:
        return PASSED_ON
