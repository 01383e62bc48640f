"""The oracle of the simulation: whether anything was lost, doubled or reordered.

It knows what was submitted, what the model said, what clients were shown, and what is on the
gateway's disk. It uses none of the product's rules, since it judges them.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from tek_chat import Delivery, Exchange, Kind, View
from tek_testing.simulation.disk import Disk
from tek_testing.simulation.scripted_model import FreshModel, ModelRun
from tek_testing.simulation.simulated_client import Shown, SimulatedClient

Body: TypeAlias = dict[str, Any]

_KEPT_ASIDE = "SELECT message_id FROM outbox WHERE place IN ('uncertain', 'failed')"
_ASIDE = {Delivery.UNCERTAIN, Delivery.FAILED}


@dataclass(slots=True)
class Submitted:
    """A message as its user submitted it, the `order`th of all.

    `is_taken`: the user was told that it is kept. `is_sent`: that it was sent. `is_doubtful`: that
    it may not have arrived, or will not; the user has the say from then on. `is_again`: the user
    had it sent again. `is_refused`: a gateway said that it does not take it, whether anybody heard
    that or not. `is_acknowledged`: a client was shown that the gateway has it.
    """

    id: str
    text: str
    by: str
    order: int
    is_taken: bool = False
    is_sent: bool = False
    is_doubtful: bool = False
    is_again: bool = False
    is_refused: bool = False
    is_discarded: bool = False
    is_acknowledged: bool = False


@dataclass(frozen=True, slots=True)
class Ended:
    """How an answer ended in the log: complete, stopped or error, with which text and thoughts."""

    how: str
    text: str
    aloud: str


@dataclass(slots=True)
class Log:
    """One session as it lies on the disk; `pieces` and `folded` are the answers that it has so."""

    users: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    ends: dict[str, list[Ended]] = field(default_factory=dict[str, list[Ended]])
    pieces: set[str] = field(default_factory=set[str])
    folded: set[str] = field(default_factory=set[str])


def read_logs(disk: Disk) -> dict[str, Log]:
    """Return every session, read anew and by other rules than the product's."""
    logs: dict[str, Log] = {}
    texts: dict[tuple[str, str], tuple[str, str]] = {}
    for (session_id,) in disk.database.execute("SELECT session_id FROM sessions"):
        logs[session_id] = Log()
    rows = disk.database.execute("SELECT session_id, body FROM entries ORDER BY session_id, seq")
    for session_id, text in rows:
        _read(logs[session_id], texts, session_id, json.loads(text))
    return logs


def _read(
    log: Log, texts: dict[tuple[str, str], tuple[str, str]], session_id: str, body: Body
) -> None:
    request = str(body.get("requestId"))
    turn = session_id, request
    so_far, aloud = texts.get(turn, ("", ""))
    match body["type"]:
        case "chat.message" if body["role"] == "user":
            log.users.append((body["id"], body["content"]))
        case "chat.message":
            log.folded.add(request)
            log.ends.setdefault(request, []).append(_whole(body))
        case "chat.stream.start":
            log.pieces.add(request)
            texts[turn] = so_far[: body["offset"]], aloud if body["offset"] else ""
        case "chat.stream.delta":
            log.pieces.add(request)
            texts[turn] = so_far + body["delta"], aloud
        case "chat.stream.reasoning":
            log.pieces.add(request)
            texts[turn] = so_far, aloud + body["delta"]
        case "chat.stream.end":
            log.ends.setdefault(request, []).append(Ended(body["status"], so_far, aloud))
        case "error":
            log.ends.setdefault(request, []).append(Ended("error", so_far, aloud))
        case other:
            raise AssertionError(other)


def _whole(body: Body) -> Ended:
    return Ended(body["status"], body["content"], body.get("reasoning", ""))


@dataclass(slots=True)
class Checker:
    """`has_lost` says that the gateway's disk lost what was written to it, of any session."""

    disk: Disk
    model: FreshModel
    has_lost: bool = False
    submitted: dict[str, Submitted] = field(default_factory=dict[str, Submitted])
    _bodies: dict[tuple[str, int], Body] = field(default_factory=dict[tuple[str, int], Body])

    def submit(self, message_id: str, text: str, by: str) -> Submitted:
        """Note that a user sends a message."""
        message = Submitted(message_id, text, by, len(self.submitted))
        self.submitted[message_id] = message
        return message

    # ---- Always ------------------------------------------------------------------------------

    def watch(self, client: SimulatedClient) -> None:
        """Check what a client was shown since the last time."""
        shown, client.shown = client.shown, []
        for each in shown:
            self._entry(each)
        for each in client.sent:
            self.submitted[each].is_sent = True
        for each in client.uncertain:
            assert self.submitted[each].is_sent, f"{each} cannot have arrived"
        for each in client.uncertain | client.failed:
            self.submitted[each].is_doubtful = True
        for each in client.accepted:
            self.submitted[each].is_acknowledged = True

    def overhear(self, frames: list[str]) -> None:
        """Take what the gateway has said."""
        said: list[Body] = [json.loads(each) for each in frames if '"type":"error"' in each]
        for each in said:
            if "seq" not in each and each.get("requestId") in self.submitted:
                self.submitted[each["requestId"]].is_refused = True
        frames.clear()

    def _entry(self, shown: Shown) -> None:
        body: Body = json.loads(shown.received.text)
        seq, prev = body.pop("seq"), body.pop("prev")
        place = shown.session_id, seq
        assert prev <= shown.cursor < seq, f"{place} after {shown.cursor}, but it follows {prev}"
        assert place in self.disk.written, f"{place} was shown before it was durable"
        if body.get("role") == "user":
            self.submitted[body["id"]].is_acknowledged = True
        same = _reduced(body)
        assert self._bodies.setdefault(place, same) == same, f"{place} was used twice"

    # ---- When all is quiet -------------------------------------------------------------------

    def check(self, clients: Iterable[SimulatedClient]) -> int:
        """Check everything, once nothing moves any more; returns how many answers there are."""
        logs = read_logs(self.disk)
        everyone = list(clients)
        for log in logs.values():
            self._log(log)
        for client in everyone:
            self._view(client, logs.get(client.session_id))
        self._messages(logs, everyone)
        return sum(len(each.ends) for each in logs.values())

    def _log(self, log: Log) -> None:
        ids = [each for each, _ in log.users]
        assert len(ids) == len(set(ids)), f"accepted twice: {ids}"
        for message_id, text in log.users:
            assert self.submitted[message_id].text == text
            ends = log.ends.get(message_id, [])
            assert len(ends) == 1, f"{message_id} ended {len(ends)} times"
            self._answer(text, ends[0])
        assert set(log.ends) <= set(ids)
        assert not log.folded & log.pieces, "an answer lies there in pieces and whole"
        trusted: dict[str, list[int]] = {}
        for message_id in ids:
            message = self.submitted[message_id]
            if not (message.is_doubtful or message.is_again or message.is_refused):
                trusted.setdefault(message.by, []).append(message.order)
        assert all(each == sorted(each) for each in trusted.values()), f"out of order: {ids}"

    def _answer(self, prompt: str, ended: Ended) -> None:
        """Check that an answer is what the model said, to the letter."""
        thoughts = self.model.of(prompt)
        counted: Sequence[ModelRun] = thoughts if self.has_lost else thoughts[-1:]
        match ended.how:
            case "complete":
                said = [each for each in counted if each.is_whole]
                assert any(_is_of(each, ended) for each in said), f"{ended} was never said: {said}"
            case "stopped":
                said = [each.text for each in thoughts] or [""]
                assert any(each.startswith(ended.text) for each in said), ended.text
            case _:
                assert ended.how == "error"

    def _view(self, client: SimulatedClient, log: Log | None) -> None:
        view = client.view
        assert view.growing is None
        assert not view.former
        counted = Counter(each.id for each in view.exchanges)
        assert set(counted.values()) <= {1}, f"shown twice: {counted}"
        users = [] if log is None else log.users
        ends: Mapping[str, list[Ended]] = {} if log is None else log.ends
        for message_id, text in users:
            exchange = view.exchange(message_id)
            assert exchange is not None, f"{message_id} is not shown to {client.name}"
            assert exchange.text == text
            _compare(exchange, ends[message_id][0])
        known = {each for each, _ in users}
        former = _before_the_last_loss(view)
        assert not known & former, f"not in the session that is lost: {known & former}"
        said = [each.id for each in view.exchanges if each.id in known]
        assert said == [each for each, _ in users], f"shown out of order: {said}"
        for each in view.exchanges:
            if each.id not in known and each.id not in former:
                assert each.delivery in _ASIDE, f"{each} is not in the log"

    def _messages(self, logs: Mapping[str, Log], clients: Sequence[SimulatedClient]) -> None:
        found = Counter(each for log in logs.values() for each, _ in log.users)
        ever = Counter(message_id for message_id, _ in self.disk.accepted)
        aside = {
            each.id
            for client in clients
            for each in client.view.exchanges
            if each.delivery in _ASIDE
        }
        for client in clients:  # of a session that nobody has open now
            aside.update(each for (each,) in client.file.database.execute(_KEPT_ASIDE))
        for message in self.submitted.values():
            count = found[message.id]
            sessions = ever[message.id]
            assert sessions <= 1 or message.is_again, f"{message} ran in {sessions} sessions"
            if count or message.is_discarded or not message.is_taken:
                continue
            if message.id in aside and message.is_doubtful:
                continue
            assert message.is_acknowledged, f"{message} is lost"
            assert self.has_lost, f"{message} is lost though it was acknowledged"


def _reduced(body: Body) -> Body:
    """Return what is the same in both forms of an end: of the turn, and of its whole answer."""
    is_answer = body["type"] == "chat.message" and body["role"] == "assistant"
    if body["type"] != "chat.stream.end" and not is_answer:
        return body
    return {name: body[name] for name in ("requestId", "usage", "cost", "status")}


def _is_of(thought: ModelRun, ended: Ended) -> bool:
    """Return whether an answer is what the model said and thought."""
    own = ended.aloud.endswith(thought.aloud) if thought.goes_on else ended.aloud == thought.aloud
    return ended.text == thought.text and own


def _compare(exchange: Exchange, ended: Ended) -> None:
    answer = exchange.answer
    shown = ("", "") if answer is None else (answer.text, answer.reasoning)
    assert shown == (ended.text, ended.aloud), f"{exchange.id}: {shown} for {ended}"
    if ended.how == "error":
        assert exchange.delivery is Delivery.FAILED
        return
    assert exchange.delivery is Delivery.ANSWERED, exchange
    assert answer is not None
    assert answer.ending == ended.how


def _before_the_last_loss(view: View) -> set[str]:
    """Return the messages above the last line that says that a session was lost."""
    passed: set[str] = set()
    above: set[str] = set()
    for item in view.items:
        if isinstance(item, Exchange):
            passed.add(item.id)
        elif item.kind is Kind.SESSION_LOST:
            above = set(passed)
    return above
