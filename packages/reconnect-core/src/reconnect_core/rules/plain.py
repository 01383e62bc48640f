"""The rules of a connection in plain mode: nothing is replayed, and one turn runs at a time.

Pure: facts in, events out.
"""

from dataclasses import dataclass, replace

from reconnect_core.events import (
    Accepted,
    Event,
    Interrupted,
    Received,
    SessionLost,
    SessionOpened,
    Uncertain,
)
from reconnect_core.rules.link_rules import Effect
from reconnect_core.rules.outbox import Outbox
from reconnect_core.rules.outgoing import LONGEST_SESSION_ID, OutgoingMessage
from reconnect_core.rules.verdict import TOO_LARGE, Failure
from tek_protocol import Envelope, encode


@dataclass(slots=True)
class PlainRules:
    """What any gateway understands. `turn` is the id of the turn that has not ended."""

    outbox: Outbox
    turn: str | None = None
    is_online: bool = True
    progress: int = 0

    @property
    def awaits_answer(self) -> bool:
        """Whether an answer, or the rest of one, is due from the gateway."""
        return bool(self.outbox.in_flight) or self.turn is not None

    def opened(self) -> list[Event]:
        """Return what follows: turns begun in resume mode are not replayed here."""
        events: list[Event] = [Interrupted(each) for each in sorted(self.outbox.running_turns)]
        self.outbox.running_turns.clear()
        self.outbox.was_plain = True
        self.outbox.gateway_limits = None
        self.outbox.move(self.outbox.session_id, 0)
        return [*events, *map(Uncertain, self.outbox.mark_uncertain())]

    def take_frame(self) -> str | None:
        """Return None: plain mode has no frames of its own."""
        return None

    def next_to_write(self) -> OutgoingMessage | None:
        """Return the first message that may be written now.

        While a turn runs, the next one is held back: the gateway would reject it, or start
        another session if it has not named one yet. A message that starts no turn overtakes it,
        because the running turn may be waiting for that message.
        """
        queued = self.outbox.queued
        return next((each for each in queued if self.turn is None or not each.starts_turn), None)

    def frame(self, message: OutgoingMessage) -> str:
        """Return the text to send for `message`, with the current session id."""
        if not self.outbox.session_id or message.names_session:
            return message.text
        return f"{encode({'sessionId': self.outbox.session_id})[:-1]},{message.text[1:]}"

    def written(self, message: OutgoingMessage) -> list[Event]:
        """Record that some bytes of `message` may have left."""
        if message.starts_turn:
            self.turn = message.id
        return self.outbox.mark_sent(message)

    def received(self, received: Received) -> Effect:
        """Return what follows from a message of the gateway."""
        return Effect(self._events(received.envelope))

    def dropped(self, failure: Failure) -> list[Event]:
        """Return what follows from the loss: what was written is not sent again unasked."""
        events: list[Event] = [Interrupted(each) for each in sorted(self.outbox.running_turns)]
        self.outbox.running_turns.clear()
        self.turn = None
        if failure.code == TOO_LARGE and (largest := self.outbox.largest_in_flight()) is not None:
            events += self.outbox.mark_failed(largest, "the gateway takes no frame that large")
        return [*events, *map(Uncertain, self.outbox.mark_uncertain())]

    def _events(self, envelope: Envelope) -> list[Event]:
        request = envelope.request_id
        if envelope.code == "INVALID_MESSAGE" and request is None:
            return self._not_understood(envelope)
        if envelope.code == "SESSION_NOT_FOUND" and request is not None and request == self.turn:
            return self._lost_session(request)
        events = self._adopt(envelope.session_id or "")
        if request is None:
            return events
        if self.outbox.accept(request) is not None:
            events.append(Accepted(request))
            if request == self.turn:
                self.outbox.running_turns.add(request)
        if envelope.type in self.outbox.dialect.endings:
            self._ended(request)
        return events

    def _ended(self, request: str) -> None:
        self.outbox.running_turns.discard(request)
        if request == self.turn:
            self.turn = None

    def _adopt(self, session_id: str) -> list[Event]:
        known = session_id in {"", self.outbox.session_id}
        if known or len(session_id) > LONGEST_SESSION_ID:
            return []
        self.outbox.move(session_id)
        return [SessionOpened(session_id)]

    def _not_understood(self, envelope: Envelope) -> list[Event]:
        """Fail the first unanswered message: the gateway reads in order and named no other.

        Otherwise its turn would never end, and would hold every later one back.
        """
        first = self.outbox.first_in_flight()
        if first is None:
            return []
        self._ended(first.id)
        reason = envelope.message or "the gateway did not understand it"
        return self.outbox.mark_failed(first, reason)

    def _lost_session(self, request: str) -> list[Event]:
        """Requeue the turn: the gateway rejected it without running it, so this is safe."""
        message = self.outbox.in_flight.get(request)
        self._ended(request)
        if message is None:
            return []
        if message.had_lost_session:
            self.outbox.accept(request)
            return [Accepted(request)]
        lost = self.outbox.session_id
        self.outbox.move("")
        again = self.outbox.requeue_rejected(replace(message, had_lost_session=True))
        return [SessionLost(lost), *again]
