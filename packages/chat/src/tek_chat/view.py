"""What there is to show: one immutable picture, and the next one after each event.

Pure: events in, a picture out. It must never send, wait, or know which toolkit draws it.
"""

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TypeAlias

from reconnect_core import events as on
from tek_protocol import chat


class Delivery(StrEnum):
    """How far a message of the user has come."""

    QUEUED = "queued"  # in the outbox, never written
    SENT = "sent"  # written; nobody knows yet whether it arrived
    ACCEPTED = "accepted"  # the gateway has it
    ANSWERED = "answered"
    UNCERTAIN = "uncertain"  # written, and the connection lost before any answer
    FAILED = "failed"  # refused or set aside; `problem` says why


_UNANSWERED = frozenset({Delivery.SENT, Delivery.ACCEPTED})
_PENDING = _UNANSWERED | {Delivery.QUEUED}


class Ending(StrEnum):
    """Whether an answer is whole."""

    GROWING = "growing"
    COMPLETE = "complete"
    INTERRUPTED = "interrupted"  # the connection was lost; the text up to there stands
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the gateway has said so far to the message `request_id`."""

    request_id: str
    text: str = ""
    reasoning: str = ""
    model: str = ""
    sources: tuple[chat.Source, ...] = ()
    usage: chat.Usage = field(default_factory=chat.Usage)
    cost: chat.Cost = field(default_factory=chat.Cost)
    ending: Ending = Ending.GROWING


@dataclass(frozen=True, slots=True)
class Exchange:
    """A message of the user and, once it has ended, the answer to it."""

    id: str
    text: str
    delivery: Delivery = Delivery.QUEUED
    problem: str = ""
    answer: Answer | None = None


class Kind(StrEnum):
    """What a notice is about."""

    SESSION_LOST = "session-lost"  # a divider: what is above is not in the new session
    ERROR = "error"
    UNKNOWN = "unknown"  # a message that this version does not understand


@dataclass(frozen=True, slots=True)
class Notice:
    """A line between messages; the same one several times in a row is one, counted."""

    kind: Kind
    text: str
    times: int = 1


Item: TypeAlias = Exchange | Notice


@dataclass(frozen=True, slots=True)
class Outage:
    """The latest time without a connection, in Unix seconds; `backlog` messages waited it out."""

    began: float
    ended: float | None = None
    backlog: int = 0


@dataclass(frozen=True, slots=True)
class View:
    """A session as it is to be shown.

    The answer that is being streamed is kept apart from the items, and joins its exchange when
    it ends, so that a piece of an answer costs the same in a long session as in a short one.
    """

    connection: on.Connection = field(default_factory=on.Connection)
    session_id: str = ""
    items: tuple[Item, ...] = ()
    growing: Answer | None = None
    outage: Outage | None = None

    @property
    def is_settled(self) -> bool:
        """Whether nothing waits to be sent and no answer is due."""
        return self.growing is None and not any(e.delivery in _PENDING for e in self.exchanges)

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """The user's messages, in order."""
        return tuple(each for each in self.items if isinstance(each, Exchange))

    def count(self, delivery: Delivery) -> int:
        """Return how many messages have come exactly as far as `delivery`."""
        return sum(each.delivery is delivery for each in self.exchanges)

    def exchange(self, message_id: str) -> Exchange | None:
        """Return the exchange that `message_id` began; the latest are found first."""
        for each in reversed(self.items):
            if isinstance(each, Exchange) and each.id == message_id:
                return each
        return None

    def after(self, event: on.Event) -> "View":  # noqa: C901, PLR0911 - one case per event
        """Return what to show once `event` has happened."""
        match event:
            case on.Connecting() | on.Online() | on.Waiting() | on.Blocked() | on.Closed():
                return self._phase(event.connection)
            case on.SessionOpened(session_id):
                return replace(self, session_id=session_id)
            case on.SessionLost(session_id):
                return replace(self, session_id="").noting(Kind.SESSION_LOST, session_id)
            case on.Queued(message_id, message):
                return self._queued(message_id, str(message.get("content", "")))
            case on.Sent(message_id):
                return self._delivered(message_id, Delivery.SENT)
            case on.Accepted(message_id):
                return self._delivered(message_id, Delivery.ACCEPTED)
            case on.Uncertain(message_id):
                return self._delivered(message_id, Delivery.UNCERTAIN)
            case on.Failed(message_id, reason):
                return self._delivered(message_id, Delivery.FAILED, reason)
            case on.Discarded(message_id):
                return self._without(message_id)
            case on.Interrupted(message_id):
                return self._ended(message_id, Ending.INTERRUPTED)
            case on.Received():
                return self._heard(chat.read_gateway_message(event.text))
            case on.Unreadable(size, reason):
                return self.noting(Kind.UNKNOWN, f"a frame of {size} bytes: {reason}")

    def noting(self, kind: Kind, text: str) -> "View":
        """Return the view with a notice at its end."""
        last = self.items[-1] if self.items else None
        if isinstance(last, Notice) and (last.kind, last.text) == (kind, text):
            return replace(self, items=(*self.items[:-1], replace(last, times=last.times + 1)))
        return replace(self, items=(*self.items, Notice(kind, text)))

    # ---- The connection ----------------------------------------------------------------------

    def _phase(self, connection: on.Connection) -> "View":
        outage = self.outage
        if connection.phase is on.Phase.ONLINE:
            if outage is not None:
                outage = replace(outage, ended=connection.since, backlog=connection.queued)
        elif outage is None or outage.ended is not None:
            outage = Outage(connection.since)
        session_id = connection.session_id or self.session_id
        return replace(self, connection=connection, outage=outage, session_id=session_id)

    # ---- The user's messages -----------------------------------------------------------------

    def _queued(self, message_id: str, text: str) -> "View":
        if self.exchange(message_id) is not None:
            return self._delivered(message_id, Delivery.QUEUED)
        return replace(self, items=(*self.items, Exchange(message_id, text)))

    def _delivered(self, message_id: str, delivery: Delivery, problem: str = "") -> "View":
        exchange = self.exchange(message_id)
        if exchange is None:
            return self
        return self._with(replace(exchange, delivery=delivery, problem=problem))

    def _with(self, exchange: Exchange) -> "View":
        """Put `exchange` in the place of the one with its id."""
        place = len(self.items) - 1
        while not (isinstance(each := self.items[place], Exchange) and each.id == exchange.id):
            place -= 1
        return replace(self, items=(*self.items[:place], exchange, *self.items[place + 1 :]))

    def _without(self, message_id: str) -> "View":
        kept = (e for e in self.items if not (isinstance(e, Exchange) and e.id == message_id))
        return replace(self, items=tuple(kept))

    # ---- The answers -------------------------------------------------------------------------

    def _heard(self, message: chat.GatewayMessage) -> "View":
        match message:
            case chat.StreamStart(request_id=request, model=model):
                return self._started(request, model)
            case chat.StreamDelta() | chat.StreamReasoning() | chat.StreamSource():
                return self._grown(message)
            case chat.StreamEnd(request_id=request, usage=usage, cost=cost):
                return self._ended(request, Ending.COMPLETE, usage, cost)
            case chat.Error():
                return self._refused(message.request_id, f"{message.code}: {message.message}")
            case chat.Unknown():
                return self.noting(Kind.UNKNOWN, message.type or "a message without a type")
            case chat.SessionCreated() | chat.SessionList():
                return self  # the connection has picked the id out; a list answers a request

    def _started(self, request: str, model: str) -> "View":
        """Begin an answer; a gateway may announce the same one twice."""
        if self.growing is not None and self.growing.request_id == request:
            return self
        exchange = self.exchange(request)
        if exchange is None or exchange.delivery not in _UNANSWERED:
            return self
        return replace(self, growing=Answer(request, model=model))

    def _grown(self, piece: chat.StreamDelta | chat.StreamReasoning | chat.StreamSource) -> "View":
        """Add a piece; one that comes after the end is dropped."""
        begun = self._started(piece.request_id, "")
        answer = begun.growing
        if answer is None or answer.request_id != piece.request_id:
            return self
        match piece:
            case chat.StreamDelta(delta=delta):
                grown = replace(answer, text=answer.text + delta)
            case chat.StreamReasoning(delta=delta):
                grown = replace(answer, reasoning=answer.reasoning + delta)
            case chat.StreamSource(source=source):
                grown = replace(answer, sources=(*answer.sources, source))
        return replace(begun, growing=grown)

    def _ended(
        self,
        request: str,
        ending: Ending,
        usage: chat.Usage | None = None,
        cost: chat.Cost | None = None,
    ) -> "View":
        """Fold the growing answer into its exchange."""
        exchange = self.exchange(request)
        if exchange is None or exchange.delivery is Delivery.ANSWERED:
            return self
        growing = self.growing
        is_its = growing is not None and growing.request_id == request
        answer = growing if growing is not None and is_its else Answer(request)
        whole = replace(
            answer, ending=ending, usage=usage or answer.usage, cost=cost or answer.cost
        )
        folded = self._with(replace(exchange, delivery=Delivery.ANSWERED, answer=whole))
        return replace(folded, growing=None) if is_its else folded

    def _refused(self, request: str | None, problem: str) -> "View":
        """Fail the message; one that is queued again already is not touched."""
        if request is None:
            return self.noting(Kind.ERROR, problem)
        exchange = self.exchange(request)
        if exchange is None or exchange.delivery is Delivery.QUEUED:
            return self
        ended = self._ended(request, Ending.FAILED)
        return View._delivered(ended, request, Delivery.FAILED, problem)
