"""Every message that is not settled, and the session it belongs to: what outlives a connection.

Pure: facts in, events out. It knows neither the network nor the subprotocol of a connection.
"""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain

from reconnect_core.dialect import Dialect
from reconnect_core.errors import IdInUse, MessageTooLarge, OutboxFull
from reconnect_core.events import Discarded, Event, Failed, Received, Sent, Uncertain
from reconnect_core.rules.outgoing import OutgoingMessage
from reconnect_core.storage import Applied, Change, Contents, MessageState, Moved, Removed
from tek_protocol.envelope import FRAME_LIMIT
from tek_protocol.resume_frames import GatewayLimits


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a session holds: frames in bytes, the outbox in messages and bytes.

    The outbox is every message that is not settled: queued, sent, uncertain or failed.
    """

    frame_bytes: int = FRAME_LIMIT
    outbox_messages: int = 1_000
    outbox_bytes: int = 8 * FRAME_LIMIT


@dataclass(slots=True)
class Outbox:
    """Every message that was submitted and is not settled, and the session it belongs to.

    A message is in exactly one place: `queued` (to be written, perhaps again), `in_flight`
    (written on this connection, not answered yet), `uncertain` (written on an earlier connection
    and never answered) or `failed`. It leaves when the gateway answers it. `running_turns` are
    the ids of turns that were accepted and have not ended. `cursor` is the `seq` of the last
    entry of the session's log that was applied.

    `changes` is what the storage does not have yet; it stays empty unless `is_stored`.
    `closes_in_a_row` counts the closes with the same message first in flight.
    """

    session_id: str = ""
    limits: Limits = Limits()
    cursor: int = 0
    dialect: Dialect = field(default_factory=Dialect)
    is_stored: bool = False
    changes: list[Change] = field(default_factory=list)
    queued: deque[OutgoingMessage] = field(default_factory=deque)
    in_flight: dict[str, OutgoingMessage] = field(default_factory=dict)
    uncertain: dict[str, OutgoingMessage] = field(default_factory=dict)
    failed: dict[str, OutgoingMessage] = field(default_factory=dict)
    running_turns: set[str] = field(default_factory=set)
    gateway_limits: GatewayLimits | None = None
    was_plain: bool = False
    closes_in_a_row: tuple[str, int] = ("", 0)
    _submitted: int = 0

    def __iter__(self) -> Iterator[OutgoingMessage]:
        """Yield every message that is not settled."""
        written = (self.in_flight, self.uncertain, self.failed)
        return chain(self.queued, *(place.values() for place in written))

    def __contains__(self, message_id: str) -> bool:
        """Return whether a message with this id is not settled, or its answer has not ended."""
        return message_id in self.running_turns or any(each.id == message_id for each in self)

    @property
    def frame_bytes(self) -> int:
        """The largest frame that both sides accept."""
        if self.gateway_limits is None:
            return self.limits.frame_bytes
        return min(self.limits.frame_bytes, max(1, self.gateway_limits.frame_bytes))

    @property
    def is_window_full(self) -> bool:
        """Whether the gateway takes no further message before it acknowledges one."""
        limits = self.gateway_limits or GatewayLimits()
        return len(self.in_flight) >= max(1, limits.outbox_messages)

    # ---- At the caller's request --------------------------------------------------------------

    def submit(self, message_id: str, body: Mapping[str, object]) -> list[Event]:
        """Queue a message; raises `NotQueued` and changes nothing when that is not possible."""
        message = OutgoingMessage.of(message_id, body, self.dialect.turns)
        if message_id in self:
            raise IdInUse(message_id)
        if message.size > self.frame_bytes:
            raise MessageTooLarge(message.size, self.frame_bytes)
        count, held = sum(1 for _ in self), sum(each.size for each in self)
        full = count >= self.limits.outbox_messages
        if full or held + message.size > self.limits.outbox_bytes:
            raise OutboxFull(count, held)
        return self._queue(message)

    def resend(self, message_id: str) -> list[Event]:
        """Queue an uncertain or failed message again; raises `KeyError` for any other."""
        message = self._take_aside(message_id)
        return self._queue(replace(message, had_lost_session=False, was_written=False))

    def discard(self, message_id: str) -> list[Event]:
        """Remove a message that is not in flight; raises `KeyError` for any other."""
        if self._take_queued(message_id) is None:
            self._take_aside(message_id)
        self._note(Removed(message_id))
        return [Discarded(message_id)]

    def restore(self, contents: Contents) -> list[Event]:
        """Load what a storage has; returns the events that describe it."""
        self.session_id, self.cursor = contents.session_id, contents.cursor
        events: list[Event] = []
        for stored in sorted(contents.messages, key=lambda each: each.order):
            read = OutgoingMessage.read(stored.id, stored.text, self.dialect.turns)
            message = replace(read, order=stored.order)
            self._submitted = max(self._submitted, stored.order)
            events.append(message.queued())
            match stored.place:
                case MessageState.QUEUED:
                    self.queued.append(message)
                case MessageState.SENT:
                    self.queued.append(replace(message, was_written=True))
                    events.append(Sent(stored.id))
                case MessageState.UNCERTAIN:
                    self.uncertain[stored.id] = message
                    events.append(Uncertain(stored.id))
                case MessageState.FAILED:
                    self.failed[stored.id] = message
                    events.append(Failed(stored.id, stored.reason))
        return events

    # ---- On the connection --------------------------------------------------------------------

    def first_in_flight(self) -> OutgoingMessage | None:
        """Return the message that was written first of those in flight."""
        return next(iter(self.in_flight.values()), None)

    def largest_in_flight(self) -> OutgoingMessage | None:
        """Return the largest message in flight."""
        return max(self.in_flight.values(), key=lambda each: each.size, default=None)

    def mark_sent(self, message: OutgoingMessage) -> list[Event]:
        """Move a queued message to those in flight."""
        self.queued.remove(message)
        sent = replace(message, was_written=True)
        self.in_flight[message.id] = sent
        if not message.was_written:
            self._note(sent.stored(MessageState.SENT))
        return [Sent(message.id)]

    def accept(self, message_id: str, *, even_queued: bool = False) -> OutgoingMessage | None:
        """Remove a message that the gateway has; returns it, or None if there is none."""
        message = self.in_flight.pop(message_id, None) or self._take_if_aside(message_id)
        if message is None and even_queued:
            message = self._take_queued(message_id)
        if message is not None:
            self._note(Removed(message_id))
        return message

    def mark_failed(self, message: OutgoingMessage, reason: str) -> list[Event]:
        """Fail a message that is queued or in flight."""
        if self.in_flight.pop(message.id, None) is None:
            self.queued.remove(message)
        self.failed[message.id] = message
        self._note(message.stored(MessageState.FAILED, reason))
        return [Failed(message.id, reason)]

    def mark_uncertain(self) -> list[str]:
        """Make every message that was ever written uncertain; returns their ids."""
        self.requeue()
        written = [each for each in self.queued if each.was_written]
        for message in written:
            self.queued.remove(message)
            self.uncertain[message.id] = message
            self._note(message.stored(MessageState.UNCERTAIN))
        return [each.id for each in written]

    def requeue(self) -> list[Event]:
        """Queue what is in flight again, at the front and in order; returns the events."""
        again = list(self.in_flight.values())
        self.queued.extendleft(reversed(again))
        self.in_flight.clear()
        return [each.queued() for each in again]

    def requeue_rejected(self, message: OutgoingMessage) -> list[Event]:
        """Requeue, at the front, a message that the gateway rejected without running it."""
        del self.in_flight[message.id]
        again = replace(message, was_written=False)
        self.queued.appendleft(again)
        self._note(again.stored(MessageState.QUEUED))
        return [again.queued()]

    # ---- The session --------------------------------------------------------------------------

    def move(self, session_id: str, cursor: int = 0) -> None:
        """Switch to another session, or start again in the same one."""
        if (session_id, cursor) != (self.session_id, self.cursor):
            self.session_id, self.cursor = session_id, cursor
            self._note(Moved(session_id, cursor))

    def apply(self, received: Received, seq: int) -> None:
        """Move the cursor to `seq`, the place of the entry `received`."""
        self.cursor = seq
        if self.is_stored:
            self.changes.append(Applied(received))

    def take_changes(self) -> Sequence[Change]:
        """Return what the storage does not have yet, once."""
        taken, self.changes = self.changes, []
        return taken

    # ---- Moving between the places --------------------------------------------------------------

    def _queue(self, message: OutgoingMessage) -> list[Event]:
        self._submitted += 1
        queued = replace(message, order=self._submitted)
        self.queued.append(queued)
        self._note(queued.stored(MessageState.QUEUED))
        return [queued.queued()]

    def _take_queued(self, message_id: str) -> OutgoingMessage | None:
        found = next((each for each in self.queued if each.id == message_id), None)
        if found is not None:
            self.queued.remove(found)
        return found

    def _take_if_aside(self, message_id: str) -> OutgoingMessage | None:
        return self.uncertain.pop(message_id, None) or self.failed.pop(message_id, None)

    def _take_aside(self, message_id: str) -> OutgoingMessage:
        place = self.uncertain if message_id in self.uncertain else self.failed
        return place.pop(message_id)

    def _note(self, change: Change) -> None:
        if self.is_stored:
            self.changes.append(change)
