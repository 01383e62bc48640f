"""The messages and answers of a session, and how each step changes them.

A step that makes no sense in the current state changes nothing: a gateway may repeat itself, be
late, or name a message that nobody sent.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import reduce
from typing import TypeAlias

from tek_chat.view import steps_update
from tek_chat.view.items import (
    ASIDE,
    LOGGED,
    UNANSWERED,
    WAITING,
    Answer,
    Delivery,
    Ending,
    Exchange,
    Item,
    Kind,
    Notice,
)
from tek_chat.view.steps import Consent, Question
from tek_chat.view.steps_parse import StepUpdate
from tek_chat.view.transcript import Transcript
from tek_protocol import chat, partial_answer
from tek_protocol.partial_answer import PartialAnswer

Piece: TypeAlias = chat.StreamDelta | chat.StreamReasoning | chat.StreamSource


@dataclass(frozen=True, slots=True)
class Conversation:
    """The items, and the growing answer, whose exchange is one of them."""

    items: Transcript
    growing: Answer | None = None

    # ---- The user's messages -----------------------------------------------------------------

    def queued(self, message_id: str, text: str) -> "Conversation":
        """Add a message; one that is queued again starts over in its place.

        One that was set aside in a lost session moves to the present session.
        """
        fresh = Exchange(message_id, text)
        former = self.items.open.get(message_id)
        if former is None:
            return replace(self, items=self.items.adding(fresh))
        parked = self.parked(message_id)
        if former in ASIDE and any(map(_is_divider, self.items.below(message_id))):
            return replace(parked, items=parked.items.without(message_id).adding(fresh))
        return parked.having(fresh)

    def recorded(self, message_id: str, text: str) -> "Conversation":
        """Take a user's message from the session's log, sent by this client or another.

        Its place is below everything from the log, and above messages that only wait to get
        there. Its answer is what the log contains from here on.
        """
        own = self.items.open_exchange(message_id)
        logged = Exchange(message_id, own.text if own else text, Delivery.ACCEPTED)
        if own is not None and not any(map(_is_logged, self.items.below(message_id))):
            return self.having(logged)
        others = self.items.without(message_id) if own else self.items
        return replace(self, items=others.adding_above(WAITING, logged))

    def left(self, session_id: str) -> "Conversation":
        """Add the divider of a lost session; messages that wait move below it."""
        above = Transcript(each for each in self.items if not _is_waiting(each))
        below = (each for each in self.items if _is_waiting(each))
        divided = above.noting(Kind.SESSION_LOST, session_id)
        return replace(self, items=reduce(Transcript.adding, below, divided))

    def missing(self, former: Iterable[Exchange]) -> "Conversation":
        """Add the messages that the log has not brought back, as uncertain."""
        known = {each.id for each in self.items if isinstance(each, Exchange)}
        lost = (replace(e, delivery=Delivery.UNCERTAIN) for e in former if e.id not in known)
        return replace(self, items=reduce(Transcript.adding, lost, self.items))

    def moved(self, message_id: str, delivery: Delivery, problem: str = "") -> "Conversation":
        """Change the state of a message."""
        parked = self if delivery in UNANSWERED else self.parked(message_id)
        exchange = parked.items.open_exchange(message_id)
        if exchange is None:
            return self
        answer = exchange.answer
        if answer is not None and delivery not in UNANSWERED:
            answer = steps_update.settled(answer)
        return parked.having(replace(exchange, delivery=delivery, problem=problem, answer=answer))

    def without(self, message_id: str) -> "Conversation":
        """Remove a message that is not answered."""
        if message_id not in self.items.open:
            return self
        parked = self.parked(message_id)
        return replace(parked, items=parked.items.without(message_id))

    def noting(self, kind: Kind, text: str) -> "Conversation":
        """Add a notice."""
        return replace(self, items=self.items.noting(kind, text))

    def having(self, exchange: Exchange) -> "Conversation":
        """Replace the exchange of the same id."""
        return replace(self, items=self.items.replacing(exchange))

    # ---- The answers -------------------------------------------------------------------------

    def started(self, request: str, model: str = "") -> "Conversation":
        """Begin an answer, or continue it."""
        growing = self.growing
        if growing is not None and growing.request_id == request:
            named = growing if growing.model or not model else replace(growing, model=model)
            return self if named is growing else replace(self, growing=named)
        exchange = self.items.open_exchange(request)
        if exchange is None or exchange.delivery not in UNANSWERED:
            return self
        waiting = self if growing is None else self.parked(growing.request_id)
        answer = exchange.answer or Answer(request)
        if exchange.answer is not None:
            waiting = waiting.having(replace(exchange, answer=None))
        return replace(waiting, growing=replace(answer, model=answer.model or model))

    def goes_on(self, start: chat.StreamStart) -> "Conversation":
        """Continue an answer in a later attempt, which starts its steps over."""
        begun = self.started(start.request_id)
        answer = begun.growing
        if answer is None or answer.request_id != start.request_id:
            return self
        # The process that ran the steps of the previous attempt is gone.
        return replace(begun, growing=_folded(steps_update.settled(answer), start))

    def grown(self, piece: Piece) -> "Conversation":
        """Add a piece, which may also begin the answer."""
        begun = self.started(piece.request_id)
        answer = begun.growing
        if answer is None or answer.request_id != piece.request_id:
            return self
        match piece:
            case chat.StreamDelta() | chat.StreamReasoning():
                grown = _folded(answer, piece)
            case chat.StreamSource(source=source):
                grown = replace(answer, sources=(*answer.sources, source))
        return replace(begun, growing=grown)

    def stepped(self, update: StepUpdate) -> "Conversation | None":
        """Add a step, which may also begin the answer; None if it belongs to no answer.

        A step that names no message belongs to the growing answer, else to the latest due one.
        """
        request = update.request or self._latest_due()
        if request is None:
            return None
        begun = self.started(request)
        answer = begun.growing
        if answer is None or answer.request_id != request:
            return self
        return replace(begun, growing=steps_update.after(answer, update.what))

    def _latest_due(self) -> str | None:
        if self.growing is not None:
            return self.growing.request_id
        return self._due[-1] if self._due else None

    @property
    def _due(self) -> tuple[str, ...]:
        return tuple(name for name, each in self.items.open.items() if each in UNANSWERED)

    def parked(self, request: str) -> "Conversation":
        """Move the growing answer to `request`, if there is one, into its exchange."""
        growing = self.growing
        if growing is None or growing.request_id != request:
            return self
        exchange = self.items.open_exchange(request)
        idle = replace(self, growing=None)
        return idle if exchange is None else idle.having(replace(exchange, answer=growing))

    def ended(self, whole: Answer) -> "Conversation":
        """End an answer once, with the ending, usage and cost of `whole` and the text so far."""
        exchange = self.items.open_exchange(whole.request_id)
        if exchange is None or exchange.delivery not in UNANSWERED:
            return self
        is_growing = self.growing is not None and self.growing.request_id == whole.request_id
        so_far = (self.growing if is_growing else exchange.answer) or whole
        ended = replace(so_far, ending=whole.ending, usage=whole.usage, cost=whole.cost)
        answer = steps_update.settled(ended)
        folded = self.having(replace(exchange, delivery=Delivery.ANSWERED, answer=answer))
        return replace(folded, growing=None) if is_growing else folded

    def cut(self, request: str) -> "Conversation":
        """End an answer as interrupted."""
        return self.ended(Answer(request, ending=Ending.INTERRUPTED))

    def interrupted(self) -> "Conversation":
        """Interrupt every answer that is due, to any client's messages."""
        due = [name for name, far in self.items.open.items() if far is Delivery.ACCEPTED]
        return reduce(Conversation.cut, due, self)

    def whole(self, answer: Answer) -> "Conversation":
        """End an answer, and replace its streamed text, reasoning and model by those of `answer`.

        The model stays where `answer` names none.
        """
        begun = self.started(answer.request_id)
        growing = begun.growing
        if growing is None or growing.request_id != answer.request_id:
            return self
        whole = replace(
            growing,
            text=answer.text,
            model=answer.model or growing.model,
            reasoning=answer.reasoning,
        )
        return replace(begun, growing=whole).ended(answer)

    def refused(self, request: str, problem: str) -> "Conversation":
        """Fail a message and keep its answer so far; one that is queued again stays queued."""
        parked = self.parked(request)
        exchange = parked.items.open_exchange(request)
        if exchange is None:
            return parked.noting(Kind.ERROR, problem)
        if exchange.delivery in {Delivery.QUEUED, Delivery.FAILED}:
            return self
        answer = exchange.answer and steps_update.settled(
            replace(exchange.answer, ending=Ending.FAILED)
        )
        failed = Exchange(exchange.id, exchange.text, Delivery.FAILED, problem, answer)
        return parked.having(failed)

    # ---- What waits for the user -------------------------------------------------------------

    @property
    def under_way(self) -> tuple[Answer, ...]:
        """The answers that have begun and not ended, in message order."""
        answers = (self._answer_under_way(each) for each in self._due)
        return tuple(each for each in answers if each is not None)

    def pending(self) -> tuple[Question, ...]:
        """Return every question that waits for the user."""
        return tuple(each for answer in self.under_way for each in steps_update.pending(answer))

    def decided(self, question_id: str, state: Consent) -> "Conversation":
        """Answer a pending question; any other stays."""
        return self._changing(lambda answer: steps_update.decided(answer, question_id, state))

    def unconfirmed(self) -> "Conversation":
        """Make decisions pending again that nothing has followed."""
        return self._changing(steps_update.unconfirmed)

    def _changing(self, change: Callable[[Answer], Answer]) -> "Conversation":
        conversation = self
        for answer in self.under_way:
            changed = change(answer)
            if changed is not answer:
                conversation = conversation._holding(changed)
        return conversation

    def _holding(self, answer: Answer) -> "Conversation":
        if self.growing is not None and self.growing.request_id == answer.request_id:
            return replace(self, growing=answer)
        exchange = self.items.open_exchange(answer.request_id)
        return self if exchange is None else self.having(replace(exchange, answer=answer))

    def _answer_under_way(self, request: str) -> Answer | None:
        if self.growing is not None and self.growing.request_id == request:
            return self.growing
        exchange = self.items.open_exchange(request)
        return None if exchange is None else exchange.answer


def _folded(answer: Answer, piece: partial_answer.Piece) -> Answer:
    folded = PartialAnswer(answer.text, answer.reasoning).after(piece)
    return replace(answer, text=folded.text, reasoning=folded.reasoning)


def _is_waiting(item: Item) -> bool:
    return isinstance(item, Exchange) and item.delivery in WAITING


def _is_logged(item: Item) -> bool:
    return isinstance(item, Exchange) and item.delivery in LOGGED


def _is_divider(item: Item) -> bool:
    return isinstance(item, Notice) and item.kind is Kind.SESSION_LOST
