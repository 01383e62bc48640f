"""What there is to show: one immutable picture, and the next one after each event.

Pure: events in, a picture out. It must never send, wait, or know which toolkit draws it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from reconnect_core import events as on
from tek_chat.view.client_events import ClientEvent, Warned
from tek_chat.view.conversation import Conversation
from tek_chat.view.items import (
    ASIDE,
    PENDING,
    UNANSWERED,
    Answer,
    Delivery,
    Ending,
    Exchange,
    Item,
    Kind,
    Notice,
)
from tek_chat.view.steps import Consent, Question
from tek_chat.view.steps_parse import Decided, read
from tek_chat.view.transcript import Transcript
from tek_protocol import DecodeError, chat

__all__ = [
    "Answer",
    "Delivery",
    "Ending",
    "Exchange",
    "Item",
    "Kind",
    "Notice",
    "Outage",
    "Transcript",
    "View",
]

_UNACKNOWLEDGED = ASIDE | {Delivery.QUEUED, Delivery.SENT}

_STEADY = 1.0
"""Seconds that a connection has to last, or the outage before it goes on."""

_LONGEST_NOTE = 300
"""Characters that a gateway gets to say about a problem."""


@dataclass(frozen=True, slots=True)
class Outage:
    """The latest time without a connection, in Unix seconds; `backlog` messages waited it out.

    `resumed` says that an answer was cut by it and goes on.
    """

    began: float
    ended: float | None = None
    backlog: int = 0
    resumed: bool = False


@dataclass(frozen=True, slots=True)
class View:
    """A session as it is to be shown.

    The answer that is being streamed is kept apart from the items, and joins its exchange when
    it ends, so that a piece of an answer costs the same in a long session as in a short one.
    `former` is what was shown before the gateway's log began anew, until that has been read;
    `is_from_log` says that the items came from there, so that they do not come again.
    """

    connection: on.Connection = field(default_factory=on.Connection)
    session_id: str = ""
    items: Sequence[Item] = ()
    growing: Answer | None = None
    outage: Outage | None = None
    former: tuple[Exchange, ...] = ()
    is_from_log: bool = False
    is_saved: bool = False

    @property
    def is_settled(self) -> bool:
        """Whether nothing waits to be sent and no answer is due."""
        return self.growing is None and PENDING.isdisjoint(self._transcript.open.values())

    @property
    def is_new(self) -> bool:
        """Whether nothing was ever said in the session; a plain gateway's past cannot be known."""
        is_read = self.is_from_log and self.connection.phase is on.Phase.ONLINE
        return not self.items and (is_read or not self.session_id)

    @property
    def is_paused(self) -> bool:
        """Whether an answer was cut that will go on once the session is back."""
        return self.growing is not None and self.connection.phase is not on.Phase.ONLINE

    @property
    def left_behind(self) -> tuple[Exchange, ...]:
        """What was said in a lost session, until something is said in the new one.

        What is set aside is not said: whoever was not sure of it is asked about that alone.
        """
        items = self.items
        lost = [at for at, each in enumerate(items) if _is_notice(each, Kind.SESSION_LOST)]
        if not lost or any(_is_said(each) for each in items[lost[-1] :]):
            return ()
        return tuple(each for each in items[: lost[-1]] if isinstance(each, Exchange))

    @property
    def due(self) -> str | None:
        """The message that is being answered, or will be next."""
        if self.growing is not None:
            return self.growing.request_id
        waiting = (id_ for id_, state in self._transcript.open.items() if state in UNANSWERED)
        return next(waiting, None)

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """The user's messages, in order."""
        return tuple(each for each in self.items if isinstance(each, Exchange))

    def count(self, delivery: Delivery) -> int:
        """Return how many messages have come exactly as far as `delivery`."""
        if delivery is Delivery.ANSWERED:
            return sum(each.delivery is delivery for each in self.exchanges)
        return sum(each is delivery for each in self._transcript.open.values())

    def exchange(self, message_id: str) -> Exchange | None:
        """Return the exchange that `message_id` began; the latest are found first."""
        return self._transcript.exchange(message_id)

    @property
    def pending(self) -> tuple[Question, ...]:
        """What waits for the user's word, in order: approvals and checklists."""
        return self._talk.pending()

    def after(self, event: on.Event | ClientEvent) -> "View":  # noqa: C901, PLR0911, PLR0912 - a case an event
        """Return what to show once `event` has happened."""
        match event:
            case on.Online(connection):
                return self._caught_up(connection)
            case on.Resuming(connection) if not self.is_from_log:
                return self._replaying(connection)
            case on.Connecting() | on.Resuming() | on.Waiting() | on.Blocked() | on.Closed():
                return self._in_phase(event.connection)
            case on.SessionOpened(session_id):
                return self._opened(session_id)
            case on.SessionLost(session_id):
                left = self._talk.interrupted().left(_short(session_id))
                return replace(self._with(left), session_id="")
            case on.SessionReset():
                return self._from_the_start()
            case on.NotSaved(reason):
                noted = self._noting(Kind.ERROR, f"messages are not saved: {reason}")
                return replace(noted, is_saved=False)
            case on.Queued(message_id, message):
                return self._with(self._talk.queued(message_id, str(message.get("content", ""))))
            case on.Sent(message_id):
                return self._with(self._talk.moved(message_id, Delivery.SENT))
            case on.Accepted(message_id):
                return self._with(self._talk.moved(message_id, Delivery.ACCEPTED))
            case on.Uncertain(message_id):
                return self._with(self._talk.moved(message_id, Delivery.UNCERTAIN))
            case on.Failed(message_id, reason):
                failed = self._talk.moved(message_id, Delivery.FAILED, _short(reason))
                return self._with(failed)
            case on.Discarded(message_id):
                return self._with(self._talk.without(message_id))
            case on.Interrupted(message_id):
                return self._with(self._talk.cut(message_id))
            case on.Received():
                return self._heard(event)
            case on.Unreadable():
                return self._noting(Kind.UNKNOWN, "an unreadable frame")
            case Warned(problem):
                return self._noting(Kind.ERROR, problem)
            case Decided(question_id, state):
                return self._decided(question_id, state)

    def _decided(self, question_id: str, state: Consent) -> "View":
        """Answer a pending question; any other stays.

        A question that was answered on a connection that was lost is pending again once the
        session is back, unless something has followed the answer.
        """
        talk = self._talk
        decided = talk.decided(question_id, state)
        return self if decided is talk else self._with(decided)

    def _noting(self, kind: Kind, text: str) -> "View":
        """Return the view with a notice at its end."""
        return self._with(self._talk.noting(kind, _short(text)))

    @property
    def _talk(self) -> Conversation:
        return Conversation(self._transcript, self.growing)

    def _with(self, talk: Conversation) -> "View":
        return replace(self, items=talk.items, growing=talk.growing)

    @property
    def _transcript(self) -> Transcript:
        items = self.items
        return items if isinstance(items, Transcript) else Transcript(items)

    # ---- The connection ----------------------------------------------------------------------

    def _in_phase(self, connection: on.Connection) -> "View":
        """Return the view with the connection as it is now."""
        session_id = connection.session_id or self.session_id
        outage = self._outage_in(connection)
        return replace(self, connection=connection, outage=outage, session_id=session_id)

    def _outage_in(self, connection: on.Connection) -> Outage | None:
        outage = self.outage
        if connection.phase is on.Phase.ONLINE:
            if outage is None:
                return None
            return replace(
                outage,
                ended=connection.since,
                backlog=connection.queued,
                resumed=self.growing is not None,
            )
        if outage is None:
            return Outage(connection.since)
        # A gateway that accepts and closes, over and over, is one outage and not many.
        if outage.ended is None or connection.since - outage.ended < _STEADY:
            return replace(outage, ended=None)
        return Outage(connection.since)

    def _opened(self, session_id: str) -> "View":
        """Take the session's name; one that takes the place of another is told apart from it."""
        replaced = self.session_id not in {"", session_id}
        talk = self._talk.left(_short(self.session_id)) if replaced else self._talk
        return replace(self._with(talk), session_id=session_id)

    def _from_the_start(self) -> "View":
        """Start over with what is not the gateway's: its log brings the rest.

        That is what it never acknowledged, what the client itself had to say, and all that was
        said in a session that this one has replaced.
        """
        items = self.items
        lost = [at for at, each in enumerate(items) if _is_notice(each, Kind.SESSION_LOST)]
        begins = lost[-1] + 1 if lost else 0
        here = items[begins:]
        own = [each for each in here if _is_unacknowledged(each) or _is_notice(each, Kind.ERROR)]
        former = tuple(
            each for each in here if isinstance(each, Exchange) and not _is_unacknowledged(each)
        )
        kept = Transcript([*items[:begins], *own])
        return replace(self, items=kept, growing=None, former=former)

    def _caught_up(self, connection: on.Connection) -> "View":
        """Note that all has been read: what the log has not brought back is not there."""
        talk = self._talk.missing(self.former) if self.former else self._talk
        talk, here = talk.unconfirmed(), self._in_phase(connection)
        return replace(here, items=talk.items, growing=talk.growing, former=())

    def _replaying(self, connection: on.Connection) -> "View":
        """Start over, since the connection brings the log from its beginning."""
        start, here = self._from_the_start(), self._in_phase(connection)
        return replace(here, items=start.items, growing=None, former=start.former, is_from_log=True)

    # ---- What the gateway says ---------------------------------------------------------------

    def _heard(self, received: on.Received) -> "View":  # noqa: C901, PLR0911 - a case a message
        talk = self._talk
        match _read(received):
            case chat.StreamStart(request_id=request, model=model, attempt=1):
                return self._with(talk.started(request, model))
            case chat.StreamStart() as start:
                return self._with(talk.goes_on(start))
            case chat.StreamDelta() | chat.StreamReasoning() | chat.StreamSource() as piece:
                return self._with(talk.grown(piece))
            case chat.StreamEnd(request_id=request, usage=usage, cost=cost, status=status):
                whole = Answer(request, ending=Ending(status), usage=usage, cost=cost)
                return self._with(talk.ended(whole))
            case chat.ChatMessage(id=message_id, role="user", content=text):
                return self._with(talk.told(message_id, text))
            case chat.ChatMessage() as message:
                return self._with(talk.whole(_answer(message)))
            case chat.Error(request_id=request, code=code, message=text):
                return self._with(talk.refused(request or "", _short(f"{code}: {text}")))
            case chat.Unknown() as message:
                return self._heard_aside(message)
            case chat.SessionCreated() | chat.ChatStopped():
                return self  # the connection has picked the id out; the turn's end tells the rest
            case (
                chat.SessionList()
                | chat.SessionRenamed()
                | chat.SessionDeleted()
                | chat.ModelList()
            ):
                return self  # answers to requests that came too late

    def _heard_aside(self, message: chat.Unknown) -> "View":
        """Take what comes beside the text of an answer; what cannot be read is told by its name."""
        news = read(message.type, message.raw)
        talk = None if news is None else self._talk.stepped(news)
        if talk is None:
            return self._noting(Kind.UNKNOWN, message.type or "a message without a type")
        return self._with(talk)


def _is_notice(item: Item, kind: Kind) -> bool:
    return isinstance(item, Notice) and item.kind is kind


def _is_said(item: Item) -> bool:
    return isinstance(item, Exchange) and item.delivery not in ASIDE


def _is_unacknowledged(item: Item) -> bool:
    return isinstance(item, Exchange) and item.delivery in _UNACKNOWLEDGED


def _answer(message: chat.ChatMessage) -> Answer:
    return Answer(
        message.request_id or "",
        message.content,
        message.reasoning,
        message.model,
        usage=message.usage or chat.Usage(),
        cost=message.cost or chat.Cost(),
        ending=Ending(message.status or "complete"),
    )


def _read(received: on.Received) -> chat.GatewayMessage:
    """Return the message; one that ends an answer does so whatever else is wrong with it."""
    envelope = received.envelope
    try:
        message = chat.read_gateway_message(received.text)
    except DecodeError:  # nested about as deeply as can be read
        message = chat.Unknown(envelope.type, received.text)
    if isinstance(message, chat.Unknown):
        if envelope.type == "chat.stream.end" and envelope.request_id:
            return chat.StreamEnd(envelope.request_id)
        if envelope.type == "error":
            code, text = envelope.code or "error", envelope.message or "no reason given"
            return chat.Error(code, text, envelope.request_id)
    return message


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_NOTE else f"{text[: _LONGEST_NOTE - 1]}…"
