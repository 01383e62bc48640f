"""Resume mode over a network and a gateway that do their worst, against a small model of a log."""

import json
from collections import deque
from dataclasses import dataclass, field

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from reconnect_core import (
    Accepted,
    Event,
    Received,
    SessionLost,
    SessionOpened,
    SessionReset,
)
from reconnect_core.rules.outbox import Outbox
from reconnect_core.rules.resume import ResumeRules
from reconnect_core.testing import ASKING, BROKEN
from tek_protocol import read_envelope

SKIP = 2**20
Entry = dict[str, object]


@dataclass
class _Log:
    """One session at the gateway: entries by their number, and every number that stands."""

    name: str
    entries: dict[int, Entry] = field(default_factory=dict)
    numbers: set[int] = field(default_factory=lambda: {0})
    last: int = 0

    @property
    def head(self) -> int:
        return max(self.entries, default=0)

    def append(self, entry: Entry, step: int = 1) -> None:
        self.last += step
        self.entries[self.last] = entry
        self.numbers.add(self.last)

    def users(self) -> list[str]:
        return [str(each["id"]) for each in self.entries.values() if each.get("role") == "user"]

    def after(self, cursor: int) -> str | None:
        """Return the next entry as a frame, its `prev` read off the log as it stands."""
        seq = min((each for each in self.entries if each > cursor), default=None)
        if seq is None:
            return None
        prev = max((each for each in self.entries if each < seq), default=0)
        return json.dumps({**self.entries[seq], "seq": seq, "prev": prev})

    def compact(self, request: str) -> None:
        """Fold a turn into one message, at the number of its end."""
        pieces = [seq for seq, each in self.entries.items() if each.get("requestId") == request]
        text = "".join(str(self.entries[each].get("delta", "")) for each in pieces)
        for each in pieces[:-1]:
            del self.entries[each]
        whole = {"type": "log.message", "id": f"a{request}", "role": "assistant"}
        self.entries[pieces[-1]] = {**whole, "requestId": request, "content": text}


def _picture(entries: list[Entry]) -> tuple[list[str], dict[str, str]]:
    """Return the messages in order, and the text of every answer."""
    users: list[str] = []
    answers: dict[str, str] = {}
    for each in entries:
        request = str(each.get("requestId"))
        match each["type"], each.get("role"):
            case "log.message", "user":
                users.append(str(each["id"]))
            case "log.message", _:
                answers[request] = str(each["content"])
            case "answer.delta", _:
                answers[request] = answers.get(request, "") + str(each["delta"])
            case _:
                pass
    return users, answers


class ResumeMachine(RuleBasedStateMachine):
    """A user, a client, a gateway, and what lies between them."""

    def __init__(self) -> None:
        super().__init__()
        self.outbox = Outbox(dialect=ASKING)
        self.client: ResumeRules | None = None
        self.up: deque[str] = deque()
        self.down: deque[str] = deque()
        self.log = _Log("s0")
        self.logs: list[_Log] = []
        self.position: int | None = None
        self.links = self.submitted = self.sessions = 0
        self.acknowledged: set[str] = set()
        self.shown: list[Entry] = []
        self.seen: set[int] = set()

    # ---- The user and the network ------------------------------------------------------------

    @rule()
    def submit(self) -> None:
        self.submitted += 1
        message_id = f"{self.submitted:04}"
        self.outbox.submit(message_id, {"type": "ask", "id": message_id})

    @precondition(lambda self: self.client is None)
    @rule(rounds=st.integers(0, 9))
    def connect(self, rounds: int) -> None:
        self.links += 1
        self.client = ResumeRules(self.outbox, f"r{self.links}")
        self.client.opened()
        self.flow(rounds)

    @precondition(lambda self: self.client is not None)
    @rule(rounds=st.integers(1, 9), fault=st.integers(0, 4), cut=st.integers(0, 5))
    def flow(self, rounds: int, fault: int = 0, cut: int = 0) -> None:
        """Let everything move on, as it does most of the time; a `cut` ends it at some step."""
        steps = (self.write, self.listen_to_all, lambda: self.send(fault), self.read_all)
        for each in range(rounds):
            if each:
                fault = 0
            for place, step in enumerate(steps, 1):
                if self.client is not None:
                    step()
                if each == rounds - 1 and place == cut and self.client is not None:
                    self.drop()

    def listen_to_all(self) -> None:
        while self.up:
            self.listen(1)

    def read_all(self) -> None:
        while self.down:
            self.read()

    @precondition(lambda self: self.client is not None)
    @rule()
    def drop(self) -> None:
        assert self.client is not None
        self._happened(self.client.dropped(BROKEN))
        assert not self.outbox.in_flight
        self.client, self.position = None, None
        self.up.clear()
        self.down.clear()

    # ---- The client --------------------------------------------------------------------------

    @precondition(lambda self: self.client is not None)
    @rule()
    def write(self) -> None:
        assert self.client is not None
        if (frame := self.client.take_frame()) is not None:
            self.up.append(frame)
        elif (message := self.client.next_to_write()) is not None:
            assert self.client.is_online
            assert message.id not in self.acknowledged
            self.client.written(message)
            self.up.append(self.client.frame(message))

    @precondition(lambda self: bool(self.down))
    @rule()
    def read(self) -> None:
        assert self.client is not None
        frame = self.down.popleft()
        envelope = read_envelope(frame)
        heard = self.client.received(Received(envelope, frame))
        self._happened(list(heard.events))
        if heard.is_passed_on:
            assert envelope.seq is not None
            assert envelope.seq not in self.seen, "applied twice"
            self.seen.add(envelope.seq)
            self.shown.append(json.loads(frame))
        if heard.failure is not None:
            self.drop()

    def _happened(self, events: list[Event]) -> None:
        for event in events:
            match event:
                case Accepted(message_id):
                    assert message_id not in self.acknowledged
                    self.acknowledged.add(message_id)
                case SessionReset() | SessionLost() | SessionOpened():
                    self.shown.clear()
                    self.seen.clear()
                case _:
                    pass

    # ---- The gateway -------------------------------------------------------------------------

    @precondition(lambda self: bool(self.up))
    @rule(step=st.integers(1, 3))
    def listen(self, step: int) -> None:
        message = json.loads(self.up.popleft())
        if message["type"] == "session.resume":
            self._resume(message)
        elif message["id"] not in self.log.users():
            self.log.append({"type": "log.message", "role": "user", "id": message["id"]}, step)

    def _resume(self, asked: Entry) -> None:
        name, cursor = asked["sessionId"], asked["cursor"]
        assert isinstance(cursor, int)
        outcome = "resumed"
        if name != self.log.name:
            self.logs.append(self.log)
            self.sessions += 1
            self.log = _Log(f"s{self.sessions}")
            outcome, cursor = ("lost" if name else "new"), 0
        elif cursor not in self.log.numbers:
            outcome, cursor = "reset", 0
        self.position = cursor
        told = {"type": "session.resumed", "requestId": asked["id"], "outcome": outcome}
        self.down.append(json.dumps({**told, "sessionId": self.log.name, "head": self.log.head}))

    @precondition(lambda self: self.position is not None)
    @rule(fault=st.integers(0, 4))
    def send(self, fault: int = 0) -> None:
        """Send the next entry, or with a `fault` send it twice or not at all."""
        if self.position is None or (frame := self.log.after(self.position)) is None:
            return
        if fault != 1:
            self.down.extend([frame] * (2 if fault == 2 else 1))
        self.position = read_envelope(frame).seq

    @precondition(lambda self: bool(self.log.users()))
    @rule(which=st.integers(0, 9), step=st.integers(1, 3), is_end=st.booleans())
    def answer(self, which: int, step: int, *, is_end: bool) -> None:
        users = self.log.users()
        request = users[which % len(users)]
        if any(each.get("id") == f"a{request}" for each in self.log.entries.values()):
            return
        if is_end:
            self.log.append({"type": "answer.end", "requestId": request}, step)
            self.log.compact(request)
        else:
            text = f"{self.log.last} "
            delta: Entry = {"type": "answer.delta", "requestId": request, "delta": text}
            self.log.append(delta, step)

    @precondition(lambda self: bool(self.log.entries))
    @rule(tail=st.integers(0, 2))
    def restart(self, tail: int) -> None:
        """Die, perhaps with the end of the log, and go on at a number never used before."""
        if self.client is not None:
            self.drop()
        for seq in sorted(self.log.entries, reverse=True)[:tail]:
            if self.log.entries[seq].get("role") == "assistant":
                break  # what was folded would stand again: a model of that is another log
            del self.log.entries[seq]
            self.log.numbers = {each for each in self.log.numbers if each < seq}
        self.log.last += SKIP

    @rule(chance=st.integers(0, 9))
    def expire(self, chance: int) -> None:
        if chance != 9:
            return
        if self.client is not None:
            self.drop()
        self.logs.append(self.log)
        self.log = _Log("expired")

    # ---- What always holds -------------------------------------------------------------------

    @invariant()
    def what_is_shown_up_to_the_head_is_the_log(self) -> None:
        client = self.client
        if client is None or not client.is_online or self.outbox.cursor != self.log.head:
            return
        assert _picture(self.shown) == _picture(list(self.log.entries.values()))

    @invariant()
    def messages_run_once_and_in_order(self) -> None:
        users = [each for log in (*self.logs, self.log) for each in log.users()]
        assert len(users) == len(set(users)), "run twice"
        for log in (*self.logs, self.log):
            assert log.users() == sorted(log.users()), "out of order"

    @invariant()
    def no_message_is_forgotten(self) -> None:
        held = [each.id for each in self.outbox]
        assert len(held) == len(set(held))
        everyone = {f"{each + 1:04}" for each in range(self.submitted)}
        assert everyone == {*held, *self.acknowledged}

    def teardown(self) -> None:
        """Give them peace: whatever was not acknowledged is sent again, and all is shown."""
        if self.client is not None:
            self.drop()
        self.connect(1)
        for _ in range(4 * self.submitted + 4):
            self.write()
            self.listen_to_all()
            while self.position is not None and self.log.after(self.position) is not None:
                self.send()
            self.read_all()
        assert self.client is not None
        assert self.client.is_online
        assert not self.outbox.queued
        assert not self.outbox.in_flight
        assert self.outbox.cursor == self.log.head
        self.what_is_shown_up_to_the_head_is_the_log()
        self.messages_run_once_and_in_order()


TestResumeMachine = ResumeMachine.TestCase
TestResumeMachine.settings = settings(max_examples=60, stateful_step_count=50, deadline=None)
