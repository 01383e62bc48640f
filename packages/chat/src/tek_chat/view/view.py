"""What a UI shows: one immutable view, and the next one after each event."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from reconnect_core import events as on
from tek_chat.view.client_events import ClientEvent, Warned
from tek_chat.view.conversation import Conversation
from tek_chat.view.gateway_messages import read_message, whole_answer
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
from tek_chat.view.outage import Outage, outage_after
from tek_chat.view.steps import Consent, Question
from tek_chat.view.steps_parse import Decided, read
from tek_chat.view.transcript import Transcript
from tek_protocol import chat

__all__ = [
    "Answer",
    "Delivery",
    "Ending",
    "Exchange",
    "Item",
    "Kind",
    "Notice",
    "Transcript",
    "View",
]

_UNACKNOWLEDGED = ASIDE | {Delivery.QUEUED, Delivery.SENT}

_LONGEST_NOTE = 300
"""Characters of a gateway's error message that are shown."""


@dataclass(frozen=True, slots=True)
class View:
    """A session as a UI shows it.

    `growing` is the answer that is being streamed. It joins its exchange when it ends, so that
    a piece costs the same in a long session as in a short one. `former` holds what was shown
    before the gateway's log started over, until the log has been read again. `is_from_log` says
    that the items were read from the log, so that they do not come again. `is_saved` says that
    the journal keeps what is submitted.
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
        """Whether the session has no message; what a plain gateway keeps cannot be known."""
        is_read = self.is_from_log and self.connection.phase is on.Phase.ONLINE
        return not self.items and (is_read or not self.session_id)

    @property
    def is_paused(self) -> bool:
        """Whether an answer has stopped growing until the connection is back."""
        return self.growing is not None and self.connection.phase is not on.Phase.ONLINE

    @property
    def left_behind(self) -> tuple[Exchange, ...]:
        """The exchanges of a lost session, until the new one has a message.

        Uncertain and failed messages do not count: the user decides about each of them.
        """
        items = self.items
        lost = [at for at, each in enumerate(items) if _is_notice(each, Kind.SESSION_LOST)]
        if not lost or any(_is_said(each) for each in items[lost[-1] :]):
            return ()
        return tuple(each for each in items[: lost[-1]] if isinstance(each, Exchange))

    @property
    def due(self) -> str | None:
        """The id of the message that is being answered, or is next."""
        if self.growing is not None:
            return self.growing.request_id
        waiting = (id_ for id_, state in self._transcript.open.items() if state in UNANSWERED)
        return next(waiting, None)

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """The user's messages, in order."""
        return tuple(each for each in self.items if isinstance(each, Exchange))

    def count(self, delivery: Delivery) -> int:
        """Return how many messages are in the state `delivery`."""
        if delivery is Delivery.ANSWERED:
            return sum(each.delivery is delivery for each in self.exchanges)
        return sum(each is delivery for each in self._transcript.open.values())

    def exchange(self, message_id: str) -> Exchange | None:
        """Return the exchange that `message_id` began; the latest are found first."""
        return self._transcript.exchange(message_id)

    @property
    def pending(self) -> tuple[Question, ...]:
        """The approvals and checklists that wait for the user, in order."""
        return self._conversation.pending()

    def after(self, event: on.Event | ClientEvent) -> "View":  # noqa: C901, PLR0911, PLR0912 - a case an event
        """Return the view once `event` has happened."""
        match event:
            case on.Received():  # first, since nearly all events are pieces of answers
                return self._heard(event)
            case on.Online(connection):
                return self._caught_up(connection)
            case on.Resuming(connection) if not self.is_from_log:
                return self._replaying(connection)
            case on.Connecting() | on.Resuming() | on.Waiting() | on.Blocked() | on.Closed():
                return self._in_phase(event.connection)
            case on.SessionOpened(session_id):
                return self._opened(session_id)
            case on.SessionLost(session_id):
                left = self._conversation.interrupted().left(_short(session_id))
                return replace(self._with(left), session_id="")
            case on.SessionReset():
                return self._from_the_start()
            case on.NotSaved(reason):
                noted = self._noting(Kind.ERROR, f"messages are not saved: {reason}")
                return replace(noted, is_saved=False)
            case on.Queued(message_id, message):
                return self._with(
                    self._conversation.queued(message_id, str(message.get("content", "")))
                )
            case on.Sent(message_id):
                return self._with(self._conversation.moved(message_id, Delivery.SENT))
            case on.Accepted(message_id):
                return self._with(self._conversation.moved(message_id, Delivery.ACCEPTED))
            case on.Uncertain(message_id):
                return self._with(self._conversation.moved(message_id, Delivery.UNCERTAIN))
            case on.Failed(message_id, reason):
                failed = self._conversation.moved(message_id, Delivery.FAILED, _short(reason))
                return self._with(failed)
            case on.Discarded(message_id):
                return self._with(self._conversation.without(message_id))
            case on.Interrupted(message_id):
                return self._with(self._conversation.cut(message_id))
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
        conversation = self._conversation
        decided = conversation.decided(question_id, state)
        return self if decided is conversation else self._with(decided)

    def _noting(self, kind: Kind, text: str) -> "View":
        """Add a notice at the end."""
        return self._with(self._conversation.noting(kind, _short(text)))

    @property
    def _conversation(self) -> Conversation:
        return Conversation(self._transcript, self.growing)

    def _with(self, conversation: Conversation) -> "View":
        return replace(self, items=conversation.items, growing=conversation.growing)

    @property
    def _transcript(self) -> Transcript:
        items = self.items
        return items if isinstance(items, Transcript) else Transcript(items)

    # ---- The connection ----------------------------------------------------------------------

    def _in_phase(self, connection: on.Connection) -> "View":
        """Take the new state of the connection."""
        session_id = connection.session_id or self.session_id
        outage = outage_after(self.outage, connection, resumes=self.growing is not None)
        return replace(self, connection=connection, outage=outage, session_id=session_id)

    def _opened(self, session_id: str) -> "View":
        """Take the session's id; a divider separates it from a session that it replaces."""
        replaced = self.session_id not in {"", session_id}
        conversation = (
            self._conversation.left(_short(self.session_id)) if replaced else self._conversation
        )
        return replace(self._with(conversation), session_id=session_id)

    def _from_the_start(self) -> "View":
        """Keep only what the gateway's log does not contain, since the log comes again.

        That is messages that were never acknowledged, the client's own notices, and everything
        above the divider of a session that was replaced.
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
        """Mark what the replayed log has not brought back as uncertain."""
        conversation = (
            self._conversation.missing(self.former) if self.former else self._conversation
        )
        conversation, here = conversation.unconfirmed(), self._in_phase(connection)
        return replace(here, items=conversation.items, growing=conversation.growing, former=())

    def _replaying(self, connection: on.Connection) -> "View":
        """Start over, since the connection brings the log from its beginning."""
        start, here = self._from_the_start(), self._in_phase(connection)
        return replace(here, items=start.items, growing=None, former=start.former, is_from_log=True)

    # ---- What the gateway says ---------------------------------------------------------------

    def _heard(self, received: on.Received) -> "View":  # noqa: C901, PLR0911 - a case a message
        conversation = self._conversation
        match read_message(received):
            case chat.StreamDelta() | chat.StreamReasoning() | chat.StreamSource() as piece:
                return self._with(conversation.grown(piece))
            case chat.StreamStart(request_id=request, model=model, attempt=1):
                return self._with(conversation.started(request, model))
            case chat.StreamStart() as start:
                return self._with(conversation.goes_on(start))
            case chat.StreamEnd(request_id=request, usage=usage, cost=cost, status=status):
                whole = Answer(request, ending=Ending(status), usage=usage, cost=cost)
                return self._with(conversation.ended(whole))
            case chat.ChatMessage(id=message_id, role="user", content=text):
                return self._with(conversation.recorded(message_id, text))
            case chat.ChatMessage() as message:
                return self._with(conversation.whole(whole_answer(message)))
            case chat.Error(request_id=request, code=code, message=text):
                return self._with(conversation.refused(request or "", _short(f"{code}: {text}")))
            case chat.Unknown() as message:
                return self._heard_aside(message)
            case chat.SessionCreated() | chat.ChatStopped():
                return self  # the session has the id already; the end of the turn says the rest
            case (
                chat.SessionList()
                | chat.SessionRenamed()
                | chat.SessionDeleted()
                | chat.ModelList()
            ):
                return self  # a request has timed out before its answer came

    def _heard_aside(self, message: chat.Unknown) -> "View":
        """Take a step beside the text; show the type of a message that cannot be read."""
        update = read(message.type, message.raw)
        conversation = None if update is None else self._conversation.stepped(update)
        if conversation is None:
            return self._noting(Kind.UNKNOWN, message.type or "a message without a type")
        return self._with(conversation)


def _is_notice(item: Item, kind: Kind) -> bool:
    return isinstance(item, Notice) and item.kind is kind


def _is_said(item: Item) -> bool:
    return isinstance(item, Exchange) and item.delivery not in ASIDE


def _is_unacknowledged(item: Item) -> bool:
    return isinstance(item, Exchange) and item.delivery in _UNACKNOWLEDGED


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_NOTE else f"{text[: _LONGEST_NOTE - 1]}…"
