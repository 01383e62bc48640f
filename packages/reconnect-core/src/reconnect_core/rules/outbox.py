"""The ledger of a session: what outlives its connections.

Pure: it is told what happened and answers with events. It must never touch a socket or a clock,
nor know which subprotocol a connection speaks.
"""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain

from reconnect_core.dialect import Dialect
from reconnect_core.errors import IdInUse, MessageTooLarge, OutboxFull
from reconnect_core.events import Discarded, Event, Failed, Received, Sent, Uncertain
from reconnect_core.rules.outgoing import LONGEST_SESSION_ID, OutgoingMessage
from reconnect_core.storage import Applied, Change, Contents, MessageState, Moved, Removed
from tek_protocol.envelope import FRAME_LIMIT

__all__ = ["LONGEST_SESSION_ID", "Limits", "Outbox", "OutgoingMessage"]


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
    """Every message that was submitted and is not settled, and the session that it belongs to.

    A message is in exactly one place: `waiting` (to be written, perhaps again), `flying` (written
    on this connection, no answer yet), `uncertain` (written, and nobody knows) or `failed`. It
    leaves when the gateway answers for it. `running` are the turns that were accepted and have
    not ended. `cursor` is the last entry of the session's log that was applied.

    `changes` is what a storage has not been told yet; nothing is noted unless `is_kept`.
    """

    session_id: str = ""
    limits: Limits = Limits()
    cursor: int = 0
    dialect: Dialect = field(default_factory=Dialect)
    is_kept: bool = False
    changes: list[Change] = field(default_factory=list)
    waiting: deque[OutgoingMessage] = field(default_factory=deque)
    flying: dict[str, OutgoingMessage] = field(default_factory=dict)
    uncertain: dict[str, OutgoingMessage] = field(default_factory=dict)
    failed: dict[str, OutgoingMessage] = field(default_factory=dict)
    running: set[str] = field(default_factory=set)
    gateway_frame_bytes: int | None = None
    was_plain: bool = False
    strikes: tuple[str, int] = ("", 0)
    _submitted: int = 0

    def __iter__(self) -> Iterator[OutgoingMessage]:
        """Yield every message that is not settled."""
        written = (self.flying, self.uncertain, self.failed)
        return chain(self.waiting, *(place.values() for place in written))

    def __contains__(self, message_id: str) -> bool:
        """Return whether a message of this id is not settled, or its answer has not ended."""
        return message_id in self.running or any(each.id == message_id for each in self)

    @property
    def frame_bytes(self) -> int:
        """The largest frame that both sides take."""
        return min(self.limits.frame_bytes, self.gateway_frame_bytes or self.limits.frame_bytes)

    # ---- On the caller's word ----------------------------------------------------------------

    def submit(self, message_id: str, body: Mapping[str, object]) -> list[Event]:
        """Take a message; raises `NotQueued` and changes nothing when it cannot."""
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
        return self._queue(replace(message, met_lost_session=False, was_written=False))

    def discard(self, message_id: str) -> list[Event]:
        """Forget a message that is not being sent; raises `KeyError` for any other."""
        if self._take_waiting(message_id) is None:
            self._take_aside(message_id)
        self._note(Removed(message_id))
        return [Discarded(message_id)]

    def restore(self, contents: Contents) -> list[Event]:
        """Take what a storage kept; returns the events that tell of it."""
        self.session_id, self.cursor = contents.session_id, contents.cursor
        events: list[Event] = []
        for each in sorted(contents.messages, key=lambda each: each.order):
            read = OutgoingMessage.read(each.id, each.text, self.dialect.turns)
            message = replace(read, order=each.order)
            self._submitted = max(self._submitted, each.order)
            events.append(message.queued())
            match each.place:
                case MessageState.QUEUED:
                    self.waiting.append(message)
                case MessageState.SENT:
                    self.waiting.append(replace(message, was_written=True))
                    events.append(Sent(each.id))
                case MessageState.UNCERTAIN:
                    self.uncertain[each.id] = message
                    events.append(Uncertain(each.id))
                case MessageState.FAILED:
                    self.failed[each.id] = message
                    events.append(Failed(each.id, each.reason))
        return events

    # ---- What becomes of a message -----------------------------------------------------------

    def fly(self, message: OutgoingMessage) -> list[Event]:
        """Move a message that waits to those that are on their way."""
        self.waiting.remove(message)
        flying = replace(message, was_written=True)
        self.flying[message.id] = flying
        if not message.was_written:
            self._note(flying.stored(MessageState.SENT))
        return [Sent(message.id)]

    def accept(self, message_id: str, *, even_waiting: bool = False) -> OutgoingMessage | None:
        """Take a message out for good, wherever it is; returns it if there was one."""
        message = self.flying.pop(message_id, None) or self._take_if_aside(message_id)
        if message is None and even_waiting:
            message = self._take_waiting(message_id)
        if message is not None:
            self._note(Removed(message_id))
        return message

    def set_aside(self, message: OutgoingMessage, reason: str) -> list[Event]:
        """Fail a message that waits or flies."""
        if self.flying.pop(message.id, None) is None:
            self.waiting.remove(message)
        self.failed[message.id] = message
        self._note(message.stored(MessageState.FAILED, reason))
        return [Failed(message.id, reason)]

    def first_flying(self) -> OutgoingMessage | None:
        """Return the first of the messages that are on their way."""
        return next(iter(self.flying.values()), None)

    def largest_flying(self) -> OutgoingMessage | None:
        """Return the largest of the messages that are on their way."""
        return max(self.flying.values(), key=lambda each: each.size, default=None)

    def doubt(self) -> list[str]:
        """Make all that was written, ever, uncertain; returns the ids."""
        self.requeue()
        doubtful = [each for each in self.waiting if each.was_written]
        for each in doubtful:
            self.waiting.remove(each)
            self.uncertain[each.id] = each
            self._note(each.stored(MessageState.UNCERTAIN))
        return [each.id for each in doubtful]

    def requeue(self) -> list[Event]:
        """Put what is on its way back before all that waits; returns the events of it."""
        again = list(self.flying.values())
        self.waiting.extendleft(reversed(again))
        self.flying.clear()
        return [each.queued() for each in again]

    def retry_first(self, message: OutgoingMessage) -> list[Event]:
        """Put a message that the gateway refused unrun before all that waits."""
        del self.flying[message.id]
        again = replace(message, was_written=False)
        self.waiting.appendleft(again)
        self._note(again.stored(MessageState.QUEUED))
        return [again.queued()]

    # ---- The session -------------------------------------------------------------------------

    def move(self, session_id: str, cursor: int = 0) -> None:
        """Belong to another session, or start over in the same."""
        if (session_id, cursor) != (self.session_id, self.cursor):
            self.session_id, self.cursor = session_id, cursor
            self._note(Moved(session_id, cursor))

    def apply(self, received: Received, seq: int) -> None:
        """Note that the entry at `seq` has been applied."""
        self.cursor = seq
        if self.is_kept:
            self.changes.append(Applied(received))

    def take_changes(self) -> Sequence[Change]:
        """Return what a storage has not been told yet, once."""
        taken, self.changes = self.changes, []
        return taken

    # ---- Places ------------------------------------------------------------------------------

    def _queue(self, message: OutgoingMessage) -> list[Event]:
        self._submitted += 1
        queued = replace(message, order=self._submitted)
        self.waiting.append(queued)
        self._note(queued.stored(MessageState.QUEUED))
        return [queued.queued()]

    def _take_waiting(self, message_id: str) -> OutgoingMessage | None:
        found = next((each for each in self.waiting if each.id == message_id), None)
        if found is not None:
            self.waiting.remove(found)
        return found

    def _take_if_aside(self, message_id: str) -> OutgoingMessage | None:
        return self.uncertain.pop(message_id, None) or self.failed.pop(message_id, None)

    def _take_aside(self, message_id: str) -> OutgoingMessage:
        place = self.uncertain if message_id in self.uncertain else self.failed
        return place.pop(message_id)

    def _note(self, change: Change) -> None:
        if self.is_kept:
            self.changes.append(change)
