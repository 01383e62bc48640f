"""What is said in a session: how messages and answers come along, step by step.

Pure. A step that makes no sense where the talk is changes nothing: a gateway may repeat itself,
come late, or speak of what nobody asked.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import reduce
from typing import TypeAlias

from tek_chat.items import UNANSWERED, Answer, Delivery, Ending, Exchange, Kind
from tek_chat.transcript import Transcript
from tek_protocol import chat

Piece: TypeAlias = chat.StreamDelta | chat.StreamReasoning | chat.StreamSource


@dataclass(frozen=True, slots=True)
class Talk:
    """The items, and beside them the answer that grows, whose exchange is among them."""

    items: Transcript
    growing: Answer | None = None

    # ---- The user's messages -----------------------------------------------------------------

    def queued(self, message_id: str, text: str) -> "Talk":
        """Add a message; one that is queued once more starts afresh in its place."""
        if message_id not in self.items.open:
            return replace(self, items=self.items.adding(Exchange(message_id, text)))
        return self.parked(message_id).having(Exchange(message_id, text))

    def told(self, message_id: str, text: str) -> "Talk":
        """Take a message that the session's log brings, of this client or another."""
        if message_id in self.items.open:
            return self.moved(message_id, Delivery.ACCEPTED)
        return replace(self, items=self.items.adding(Exchange(message_id, text, Delivery.ACCEPTED)))

    def missing(self, former: Iterable[Exchange]) -> "Talk":
        """Add messages of before that the log does not bring back: nobody knows of them now."""
        known = {each.id for each in self.items if isinstance(each, Exchange)}
        lost = (replace(e, delivery=Delivery.UNCERTAIN) for e in former if e.id not in known)
        return replace(self, items=reduce(Transcript.adding, lost, self.items))

    def moved(self, message_id: str, delivery: Delivery, problem: str = "") -> "Talk":
        """Note how far a message has come."""
        parked = self if delivery in UNANSWERED else self.parked(message_id)
        exchange = parked.items.open_exchange(message_id)
        if exchange is None:
            return self
        return parked.having(replace(exchange, delivery=delivery, problem=problem))

    def without(self, message_id: str) -> "Talk":
        """Forget a message that is not answered."""
        if message_id not in self.items.open:
            return self
        parked = self.parked(message_id)
        return replace(parked, items=parked.items.without(message_id))

    def noting(self, kind: Kind, text: str) -> "Talk":
        """Add a notice."""
        return replace(self, items=self.items.noting(kind, text))

    def having(self, exchange: Exchange) -> "Talk":
        """Put `exchange` in the place of the one with its id."""
        return replace(self, items=self.items.replacing(exchange))

    # ---- The answers -------------------------------------------------------------------------

    def started(self, request: str, model: str = "") -> "Talk":
        """Begin an answer, or go on with it."""
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

    def goes_on(self, request: str, offset: int) -> "Talk":
        """Go on with an answer after the first `offset` characters, which stand."""
        begun = self.started(request)
        answer = begun.growing
        if answer is None or answer.request_id != request:
            return self
        return replace(begun, growing=replace(answer, text=answer.text[:offset]))

    def grown(self, piece: Piece) -> "Talk":
        """Add a piece, with which an answer may begin as well."""
        begun = self.started(piece.request_id)
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

    def parked(self, request: str) -> "Talk":
        """Put the growing answer to `request`, if there is one, to its exchange as it is."""
        growing = self.growing
        if growing is None or growing.request_id != request:
            return self
        exchange = self.items.open_exchange(request)
        idle = replace(self, growing=None)
        return idle if exchange is None else idle.having(replace(exchange, answer=growing))

    def ended(self, whole: Answer) -> "Talk":
        """End an answer as `whole` does, with the text that there is; it ends only once."""
        exchange = self.items.open_exchange(whole.request_id)
        if exchange is None or exchange.delivery not in UNANSWERED:
            return self
        is_growing = self.growing is not None and self.growing.request_id == whole.request_id
        so_far = (self.growing if is_growing else exchange.answer) or whole
        answer = replace(so_far, ending=whole.ending, usage=whole.usage, cost=whole.cost)
        folded = self.having(replace(exchange, delivery=Delivery.ANSWERED, answer=answer))
        return replace(folded, growing=None) if is_growing else folded

    def cut(self, request: str) -> "Talk":
        """End an answer where it is: the rest of it will not come."""
        return self.ended(Answer(request, ending=Ending.INTERRUPTED))

    def interrupted(self) -> "Talk":
        """Cut every answer that is due, of this client's messages and others'."""
        due = [name for name, far in self.items.open.items() if far is Delivery.ACCEPTED]
        return reduce(Talk.cut, due, self)

    def whole(self, answer: Answer) -> "Talk":
        """End an answer as `answer` does, whose text replaces what has been streamed."""
        begun = self.started(answer.request_id)
        growing = begun.growing
        if growing is None or growing.request_id != answer.request_id:
            return self
        return replace(begun, growing=replace(growing, text=answer.text)).ended(answer)

    def refused(self, request: str, problem: str) -> "Talk":
        """Fail a message, with what was said so far; one that is queued again is not touched."""
        parked = self.parked(request)
        exchange = parked.items.open_exchange(request)
        if exchange is None:
            return parked.noting(Kind.ERROR, problem)
        if exchange.delivery in {Delivery.QUEUED, Delivery.FAILED}:
            return self
        answer = exchange.answer and replace(exchange.answer, ending=Ending.FAILED)
        failed = Exchange(exchange.id, exchange.text, Delivery.FAILED, problem, answer)
        return parked.having(failed)
