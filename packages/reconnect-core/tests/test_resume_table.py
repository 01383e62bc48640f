"""The table of resume mode: the README prints it, and the rules follow it."""

import json
from pathlib import Path

import pytest

from reconnect_core import Received
from reconnect_core.rules.outbox import Outbox
from reconnect_core.rules.resume import ResumeRules
from reconnect_core.rules.resume_phase import (
    TRANSITIONS,
    Arrival,
    Asking,
    Live,
    Replaying,
    ResumePhase,
    arrival_of,
)
from reconnect_core.testing import ASKING
from tek_protocol import read_envelope

README = (Path(__file__).parents[1] / "README.md").read_text("utf-8")
HEAD = 5


def _table() -> str:
    """Return the transitions as Markdown."""
    lines = ["| phase | what arrives | what the session does | next phase |", "|---|---|---|---|"]
    for phase, transitions in TRANSITIONS.items():
        for arrival, transition in transitions.items():
            then = "—" if transition.then is None else f"`{transition.then.__name__}`"
            lines.append(f"| `{phase.__name__}` | {arrival} | {transition.action} | {then} |")
    return "\n".join(lines) + "\n"


def _rules(phase: type[ResumePhase]) -> ResumeRules:
    """Return the rules in `phase`, with a cursor at 3 that was at 2 when the answer came."""
    rules = ResumeRules(Outbox("s", cursor=3, dialect=ASKING), "r")
    phases = (Asking("r.1"), Replaying("r.1", HEAD, 2), Live("r.1", 2))
    (rules.phase,) = (each for each in phases if type(each) is phase)
    return rules


def _message(arrival: Arrival, rules: ResumeRules) -> Received:
    """Return a message that is `arrival` to a session whose cursor is at 3."""
    resumed = {"type": "session.resumed", "outcome": "resumed", "sessionId": "s", "head": HEAD}
    entry = {"type": "tick", "prev": 3, "seq": 4}
    messages = {
        Arrival.ANSWER: {**resumed, "requestId": "r.1"},
        Arrival.ANSWER_AT_HEAD: {**resumed, "requestId": "r.1", "head": 3},
        Arrival.OTHER_ANSWER: {**resumed, "requestId": "r.0"},
        Arrival.BAD_ANSWER: {"type": "session.resumed", "requestId": "r.1"},
        Arrival.REJECTION: {"type": "error", "requestId": "r.1", "code": "NO"},
        Arrival.EARLY_ENTRY: entry,
        Arrival.ENTRY: entry,
        Arrival.LAST_ENTRY: {**entry, "seq": HEAD},
        Arrival.REPEATED_ENTRY: {**entry, "prev": 0, "seq": 1},
        Arrival.GAP: {**entry, "prev": 4, "seq": 5},
        Arrival.SAME_GAP: {**entry, "prev": 4, "seq": 5},
        Arrival.GOAWAY: {"type": "gateway.goaway"},
        Arrival.OTHER: {"type": "tick"},
    }
    if arrival is Arrival.SAME_GAP:
        rules.outbox.cursor = 2
    frame = json.dumps(messages[arrival])
    return Received(read_envelope(frame), frame)


def test_the_readme_prints_the_table() -> None:
    assert _table() in README


@pytest.mark.parametrize(
    ("phase", "arrival"),
    [(phase, arrival) for phase, row in TRANSITIONS.items() for arrival in row],
)
def test_the_rules_go_where_the_table_says(phase: type[ResumePhase], arrival: Arrival) -> None:
    rules = _rules(phase)
    message, outbox = _message(arrival, rules), rules.outbox
    assert arrival_of(rules.phase, message, outbox.session_id, outbox.cursor) is arrival
    effect = rules.received(message)
    then = TRANSITIONS[phase][arrival].then
    assert (effect.failure is not None) is (then is None)
    if then is not None:
        assert type(rules.phase) is then


def test_every_arrival_is_in_the_table() -> None:
    assert {arrival for row in TRANSITIONS.values() for arrival in row} == set(Arrival)
