"""Plain mode under any order of events: nothing is lost, doubled or reordered."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    precondition,
    rule,
)

from reconnect_core import Accepted, Cause, Failure, Received
from reconnect_core.rules.outbox import Outbox
from reconnect_core.rules.plain import PlainRules
from reconnect_core.testing import ASKING
from tek_protocol import Envelope

CODES = ("LLM_ERROR", "SESSION_NOT_FOUND")


class PlainMachine(RuleBasedStateMachine):
    """A user, a gateway and a network that do whatever they like."""

    ids: Bundle[str] = Bundle("ids")

    def __init__(self) -> None:
        super().__init__()
        self.outbox = Outbox(dialect=ASKING)
        self.plain = PlainRules(self.outbox)
        self.count = 0
        self.submitted: set[str] = set()
        self.settled: set[str] = set()
        self.may_be_written: dict[str, int] = {}
        self.never_written: set[str] = set()

    # ---- The user ----------------------------------------------------------------------------

    @rule(target=ids, is_turn=st.booleans(), size=st.integers(0, 9))
    def submit(self, *, is_turn: bool, size: int) -> str:
        self.count += 1
        message_id = f"{self.count:04}"
        kind = "ask" if is_turn else "other"
        self.outbox.submit(message_id, {"id": message_id, "type": kind, "content": "x" * size})
        self.submitted.add(message_id)
        self.never_written.add(message_id)
        self.may_be_written[message_id] = 1
        return message_id

    @rule(message_id=ids)
    def resend(self, message_id: str) -> None:
        if message_id in {*self.outbox.uncertain, *self.outbox.failed}:
            self.outbox.resend(message_id)
            self.may_be_written[message_id] += 1

    @rule(message_id=consumes(ids))
    def discard(self, message_id: str) -> None:
        try:
            self.outbox.discard(message_id)
        except KeyError:
            return
        self.settled.add(message_id)

    # ---- The network -------------------------------------------------------------------------

    @precondition(lambda self: self.plain.next_to_write() is not None)
    @rule()
    def write(self) -> None:
        before = [each.id for each in self.outbox.queued]
        turn = self.plain.turn
        message = self.plain.next_to_write()
        assert message is not None
        self.plain.written(message)
        self.never_written.discard(message.id)
        self.may_be_written[message.id] -= 1
        assert self.may_be_written[message.id] >= 0, "written twice"
        assert not (message.starts_turn and turn), "two turns at once"
        overtaken = before[: before.index(message.id)]
        assert not overtaken or turn, "out of order"

    @rule(code=st.sampled_from([1006, 1009]))
    def drop(self, code: int) -> None:
        self.plain.dropped(Failure(Cause.CLOSED, "lost", code=code))
        assert not self.plain.awaits_answer

    # ---- The gateway -------------------------------------------------------------------------

    @rule(
        message_id=ids,
        kind=st.sampled_from(["answer.start", "answer.end", "other"]),
        session_id=st.sampled_from(["", "s-1", "s-2"]),
    )
    def answer(self, message_id: str, kind: str, session_id: str) -> None:
        self._hear(Envelope(kind, request_id=message_id, session_id=session_id))

    @rule(message_id=ids, code=st.sampled_from(CODES))
    def refuse(self, message_id: str, code: str) -> None:
        queued = len(self.outbox.queued)
        self._hear(Envelope("error", request_id=message_id, code=code))
        if len(self.outbox.queued) > queued:  # refused unrun, so that once more is safe
            self.may_be_written[message_id] += 1

    @rule()
    def misunderstand(self) -> None:
        self._hear(Envelope("error", code="INVALID_MESSAGE"))

    def _hear(self, envelope: Envelope) -> None:
        events = self.plain.received(Received(envelope, "{}")).events
        self.settled |= {each.id for each in events if isinstance(each, Accepted)}

    # ---- What always holds -------------------------------------------------------------------

    @invariant()
    def every_message_is_in_exactly_one_place(self) -> None:
        held = [each.id for each in self.outbox]
        assert len(held) == len(set(held))
        assert set(held) == self.submitted - self.settled

    @invariant()
    def what_waits_stands_in_order_of_submission(self) -> None:
        fresh = [each.id for each in self.outbox.queued if each.id in self.never_written]
        assert fresh == sorted(fresh)

    @invariant()
    def a_turn_holds_the_next_one_back(self) -> None:
        turns = [each.id for each in self.outbox.in_flight.values() if each.starts_turn]
        assert set(turns) <= {self.plain.turn}


TestPlainMachine = PlainMachine.TestCase
TestPlainMachine.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
