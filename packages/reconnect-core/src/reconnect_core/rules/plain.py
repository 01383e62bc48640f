"""The rules of a connection in plain mode: nothing is replayed, and one turn runs at a time.

Pure: it is told what happened and answers with events. It must never touch a socket or a clock.
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
from reconnect_core.rules.mode import Heard
from reconnect_core.rules.outbox import Outbox
from reconnect_core.rules.outgoing import LONGEST_SESSION_ID, OutgoingMessage
from reconnect_core.rules.verdict import TOO_LARGE, Failure
from tek_protocol import Envelope, encode


@dataclass(slots=True)
class PlainRules:
    """What any gateway understands. `turn` is the message whose answer has not ended."""

    ledger: Outbox
    turn: str | None = None
    is_online: bool = True
    progress: int = 0

    @property
    def in_flight(self) -> bool:
        """Whether the gateway owes an answer, or the rest of one."""
        return bool(self.ledger.flying) or self.turn is not None

    def opened(self) -> list[Event]:
        """Give up what another mode has begun, since nothing of it is replayed here."""
        events: list[Event] = [Interrupted(each) for each in sorted(self.ledger.running)]
        self.ledger.running.clear()
        self.ledger.was_plain = True
        self.ledger.gateway_frame_bytes = None
        self.ledger.move(self.ledger.session_id, 0)
        return [*events, *map(Uncertain, self.ledger.doubt())]

    def take_frame(self) -> str | None:
        """Return None: there is nothing to agree on."""
        return None

    def next_to_write(self) -> OutgoingMessage | None:
        """Return the first message that may be written now.

        While a turn runs, the next one is held back, or the gateway would refuse it, and before
        the session is named would even start another. What starts no turn overtakes it: a turn
        may be waiting for just that message.
        """
        waiting = self.ledger.waiting
        return next((each for each in waiting if self.turn is None or not each.starts_turn), None)

    def frame(self, message: OutgoingMessage) -> str:
        """Return the text to send for `message`, in the session as it is known now."""
        if not self.ledger.session_id or message.names_session:
            return message.text
        return f"{encode({'sessionId': self.ledger.session_id})[:-1]},{message.text[1:]}"

    def written(self, message: OutgoingMessage) -> list[Event]:
        """Note that any byte of `message` may be on its way."""
        if message.starts_turn:
            self.turn = message.id
        return self.ledger.fly(message)

    def received(self, received: Received) -> Heard:
        """Note what the gateway said."""
        return Heard(self._events(received.envelope))

    def dropped(self, failure: Failure) -> list[Event]:
        """Note that the connection is lost; nothing that was written is sent again by itself."""
        events: list[Event] = [Interrupted(each) for each in sorted(self.ledger.running)]
        self.ledger.running.clear()
        self.turn = None
        if failure.code == TOO_LARGE and (largest := self.ledger.largest_flying()) is not None:
            events += self.ledger.set_aside(largest, "the gateway takes no frame that large")
        return [*events, *map(Uncertain, self.ledger.doubt())]

    def _events(self, envelope: Envelope) -> list[Event]:
        request = envelope.request_id
        if envelope.code == "INVALID_MESSAGE" and request is None:
            return self._not_understood(envelope)
        if envelope.code == "SESSION_NOT_FOUND" and request is not None and request == self.turn:
            return self._lost_session(request)
        events = self._adopt(envelope.session_id or "")
        if request is None:
            return events
        if self.ledger.accept(request) is not None:
            events.append(Accepted(request))
            if request == self.turn:
                self.ledger.running.add(request)
        if envelope.type in self.ledger.dialect.endings:
            self._ended(request)
        return events

    def _ended(self, request: str) -> None:
        self.ledger.running.discard(request)
        if request == self.turn:
            self.turn = None

    def _adopt(self, session_id: str) -> list[Event]:
        known = session_id in {"", self.ledger.session_id}
        if known or len(session_id) > LONGEST_SESSION_ID:
            return []
        self.ledger.move(session_id)
        return [SessionOpened(session_id)]

    def _not_understood(self, envelope: Envelope) -> list[Event]:
        """Set the first unanswered message aside: the gateway reads in order and named no other.

        Otherwise its turn would never end, and hold every later message back.
        """
        first = self.ledger.first_flying()
        if first is None:
            return []
        self._ended(first.id)
        reason = envelope.message or "the gateway did not understand it"
        return self.ledger.set_aside(first, reason)

    def _lost_session(self, request: str) -> list[Event]:
        """Queue the turn once more: the gateway refused it unrun, so that this is safe."""
        message = self.ledger.flying.get(request)
        self._ended(request)
        if message is None:
            return []
        if message.met_lost_session:
            self.ledger.accept(request)
            return [Accepted(request)]
        lost = self.ledger.session_id
        self.ledger.move("")
        again = self.ledger.retry_first(replace(message, met_lost_session=True))
        return [SessionLost(lost), *again]
