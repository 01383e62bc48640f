"""The rules of resume mode, one at a time, with exact values."""

import json

import pytest

from reconnect_core import (
    Accepted,
    Cause,
    Event,
    Failed,
    Failure,
    Interrupted,
    Limits,
    MessageTooLarge,
    Queued,
    Received,
    SessionLost,
    SessionOpened,
    SessionReset,
    Uncertain,
)
from reconnect_core.rules.link_rules import Effect
from reconnect_core.rules.outbox import Outbox
from reconnect_core.rules.plain import PlainRules
from reconnect_core.rules.resume import ResumeRules
from reconnect_core.testing import ASKING, BROKEN, write_next
from tek_protocol import read_envelope
from tek_protocol.resume_frames import GoAway


def _hear(rules: ResumeRules, kind: str, **fields: object) -> Effect:
    frame = json.dumps({"type": kind, **fields})
    return rules.received(Received(read_envelope(frame), frame))


def _resumed(
    rules: ResumeRules, outcome: str, head: int = 0, session: str = "s", **limits: int
) -> list[Event]:
    asked = json.loads(rules.take_frame() or "{}")["id"]
    told = {"requestId": asked, "outcome": outcome, "sessionId": session, "head": head}
    return list(_hear(rules, "session.resumed", **told, limits=limits).events)


def _open(outbox: Outbox) -> ResumeRules:
    rules = ResumeRules(outbox, "r")
    assert rules.opened() == []
    return rules


def _online(*ids: str, outbox: Outbox | None = None) -> ResumeRules:
    """Return the rules of a new session in which messages were written."""
    rules = _open(outbox or Outbox(dialect=ASKING))
    _resumed(rules, "new")
    for each in ids:
        rules.outbox.submit(each, _body(each))
        write_next(rules)
    return rules


def _body(message_id: str) -> dict[str, object]:
    return {"type": "ask", "id": message_id}


def _entry(rules: ResumeRules, prev: int, seq: int, kind: str = "tick", **fields: object) -> Effect:
    return _hear(rules, kind, **fields, seq=seq, prev=prev)


def _user(rules: ResumeRules, prev: int, seq: int, message_id: str) -> Effect:
    return _entry(rules, prev, seq, kind="log.message", id=message_id, role="user")


# ---- Resuming ------------------------------------------------------------------------------


def test_the_first_frame_asks_for_the_session_from_the_cursor_on() -> None:
    rules = _open(Outbox("s", dialect=ASKING, cursor=7))
    asked = {"type": "session.resume", "id": "r.1", "sessionId": "s", "cursor": 7}
    assert json.loads(rules.take_frame() or "") == asked
    assert rules.take_frame() is None


def test_nothing_is_written_until_the_replay_has_reached_the_head() -> None:
    rules = _open(Outbox("s", dialect=ASKING, cursor=1))
    rules.outbox.submit("a", _body("a"))
    assert write_next(rules) is None
    assert _resumed(rules, "resumed", head=3) == []
    assert not _entry(rules, 1, 2).events
    assert (rules.is_online, write_next(rules)) == (False, None)
    _entry(rules, 2, 3)
    assert (rules.is_online, write_next(rules)) == (True, "a")


def test_a_new_session_is_adopted() -> None:
    rules = _open(Outbox(dialect=ASKING))
    assert _resumed(rules, "new") == [SessionOpened("s")]
    assert (rules.outbox.session_id, rules.is_online) == ("s", True)


def test_after_a_reset_what_the_replay_does_not_bring_back_is_uncertain() -> None:
    outbox = _online("a", "b").outbox
    outbox.cursor = 9
    outbox.submit("c", _body("c"))
    rules = _open(outbox)
    outbox.requeue()
    assert _resumed(rules, "reset", head=2) == [SessionReset("s")]
    assert outbox.cursor == 0
    assert _user(rules, 0, 1, "a").events == [Accepted("a")]
    assert _entry(rules, 1, 2).events == [Uncertain("b")]
    assert [write_next(rules), write_next(rules)] == ["c", None]


def test_after_a_reset_that_is_cut_off_messages_are_uncertain() -> None:
    outbox = _online("a").outbox
    outbox.requeue()
    rules = _open(outbox)
    _resumed(rules, "reset", head=2)
    assert rules.dropped(BROKEN) == [Uncertain("a")]


def test_a_lost_session_keeps_what_was_never_written_for_the_next() -> None:
    rules = _online("a")
    rules.outbox.submit("b", _body("b"))
    assert rules.dropped(BROKEN) == [Queued("a", _body("a"))]
    again = _open(rules.outbox)
    told = [SessionLost("s"), SessionOpened("t"), Uncertain("a")]
    assert _resumed(again, "lost", session="t") == told
    assert (again.outbox.cursor, write_next(again), write_next(again)) == (0, "b", None)


def test_the_answers_that_were_due_in_a_lost_session_are_cut() -> None:
    rules = _online("a")
    _user(rules, 0, 1, "a")
    rules.dropped(BROKEN)
    again = _open(rules.outbox)
    told = [Interrupted("a"), SessionLost("s"), SessionOpened("t")]
    assert _resumed(again, "lost", session="t") == told
    assert not again.awaits_answer


@pytest.mark.parametrize("answer", ["?", "error", "no session", "stale"])
def test_an_answer_that_does_not_resume_is_no_resumption(answer: str) -> None:
    rules = _open(Outbox("s", dialect=ASKING))
    told = {"requestId": "r.1", "outcome": "resumed", "sessionId": "s", "head": 0}
    heard = {
        "?": lambda: _hear(rules, "session.resumed", requestId="r.1"),
        "error": lambda: _hear(rules, "error", requestId="r.1", code="NO"),
        "no session": lambda: _hear(rules, "session.resumed", **{**told, "sessionId": ""}),
        "stale": lambda: _hear(rules, "session.resumed", **{**told, "requestId": "r.0"}),
    }[answer]()
    assert (heard.failure is None) is (answer == "stale")
    assert not rules.is_online


# ---- Entries -------------------------------------------------------------------------------


def test_an_entry_is_applied_once_and_numbers_may_be_skipped() -> None:
    rules = _online()
    assert _entry(rules, 0, 5).is_passed_on
    assert not _entry(rules, 0, 5).is_passed_on
    assert _entry(rules, 4, 9).is_passed_on, "the log was compacted: 4 is before 5"
    assert (rules.outbox.cursor, rules.duplicates) == (9, 1)


def test_a_gap_is_resumed_from_the_cursor_and_entries_are_ignored_until_then() -> None:
    rules = _online("a")
    _entry(rules, 0, 1)
    heard = _entry(rules, 2, 3)
    assert (heard.events, heard.is_passed_on) == ([Queued("a", _body("a"))], False)
    assert not _entry(rules, 1, 2).is_passed_on
    assert not rules.is_online
    assert _resumed(rules, "resumed", head=1) == []
    assert (write_next(rules), rules.outbox.cursor) == ("a", 1)
    assert _entry(rules, 2, 3).failure is not None, "the same gap again"


def test_an_acknowledgement_counts_live_replayed_and_from_aside() -> None:
    rules = _online("live", "late")
    assert _user(rules, 0, 1, "live").events == [Accepted("live")]
    rules.outbox.mark_uncertain()
    assert _user(rules, 1, 2, "late").events == [Accepted("late")]
    assert not list(rules.outbox)


def test_a_repeated_entry_still_acknowledges() -> None:
    rules = _online("a", outbox=Outbox(dialect=ASKING))
    rules.outbox.cursor = 5
    heard = _user(rules, 0, 3, "a")
    assert (heard.events, heard.is_passed_on) == ([Accepted("a")], False)


@pytest.mark.parametrize("kind", ["answer.end", "error", "log.message"])
def test_a_turn_runs_from_its_acknowledgement_to_its_end(kind: str) -> None:
    rules = _online("a")
    _user(rules, 0, 1, "a")
    assert rules.awaits_answer
    assert rules.dropped(BROKEN) == []
    assert "a" in rules.outbox
    again = _open(rules.outbox)
    _resumed(again, "resumed", head=2)
    _entry(again, 1, 2, kind=kind, requestId="a")
    assert not again.awaits_answer


# ---- The outbox ----------------------------------------------------------------------------


def test_what_was_not_acknowledged_goes_first_and_in_order() -> None:
    rules = _online("a", "b", "c")
    rules.outbox.submit("d", _body("d"))
    _user(rules, 0, 1, "a")
    rules.dropped(BROKEN)
    again = _open(rules.outbox)
    _resumed(again, "resumed", head=1)
    assert [write_next(again) for _ in range(4)] == ["b", "c", "d", None]


def test_the_gateway_says_how_many_may_be_unacknowledged_and_how_large_a_frame_is() -> None:
    rules = _open(Outbox(dialect=ASKING, limits=Limits(frame_bytes=10_000)))
    for each in "ab":
        rules.outbox.submit(each, _body(each))
    rules.outbox.submit("large", {**_body("large"), "content": "x" * 3_000})
    events = _resumed(rules, "new", frameBytes=3_000, outboxMessages=1)
    assert events[1:] == [Failed("large", "the gateway takes no frame that large")]
    assert [write_next(rules), write_next(rules)] == ["a", None]
    _user(rules, 0, 1, "a")
    assert write_next(rules) == "b"
    with pytest.raises(MessageTooLarge, match="3,000"):
        rules.outbox.submit("c", {"content": "x" * 3_000})


def test_an_error_that_is_no_entry_fails_its_message_and_any_other_answer_settles_it() -> None:
    rules = _online("a", "b", "c")
    events = _hear(rules, "error", requestId="a", code="NO", message="not this").events
    assert events == [Failed("a", "not this")]
    assert _hear(rules, "error", code="INVALID_MESSAGE").events == [Failed("b", "INVALID_MESSAGE")]
    assert _hear(rules, "stopped", requestId="c").events == [Accepted("c")]


@pytest.mark.parametrize("code", [1000, 1008, 1011])
def test_three_closes_at_the_same_message_fail_it_alone(code: int) -> None:
    outbox = _online("a", "b").outbox
    told: list[Event] = []
    for _ in range(3):
        rules = _open(outbox)
        outbox.requeue()
        _resumed(rules, "resumed")
        while write_next(rules):
            pass
        told = list(rules.dropped(Failure(Cause.CLOSED, "no", code=code)))
    reason = "the gateway closed the connection 3 times at this message"
    assert told == [Failed("a", reason), Queued("b", _body("b"))]


@pytest.mark.parametrize("code", [None, 1001, 1005, 1006, 1012, 1013, 4401])
def test_no_message_is_blamed_for_a_gateway_that_goes(code: int | None) -> None:
    outbox = Outbox("s", dialect=ASKING)
    outbox.submit("a", _body("a"))
    for _ in range(9):
        rules = _open(outbox)
        _resumed(rules, "resumed")
        write_next(rules)
        assert rules.dropped(Failure(Cause.CLOSED, "", code=code)) == [Queued("a", _body("a"))]


def test_a_frame_too_large_fails_the_largest_message_at_once() -> None:
    rules = _online("a", "longer")
    events = rules.dropped(Failure(Cause.CLOSED, "", code=1009))
    assert events[0] == Failed("longer", "the gateway takes no frame that large")


# ---- Leaving, and changing the mode --------------------------------------------------------


def test_a_gateway_that_goes_says_when_to_come_back() -> None:
    heard = _hear(_online(), "gateway.goaway", reason="update", retryAfterMs=50, spreadMs=10)
    assert heard == Effect(is_passed_on=False, goaway=GoAway("update", 50, 10))


def test_from_plain_to_resume_the_session_is_read_from_its_start() -> None:
    outbox = Outbox("s", dialect=ASKING, cursor=4)
    PlainRules(outbox).opened()
    rules = _open(outbox)
    assert (outbox.cursor, outbox.session_id) == (0, "s")
    assert _resumed(rules, "resumed") == [SessionReset("s")]


def test_from_resume_to_plain_unanswered_messages_become_uncertain() -> None:
    rules = _online("a", "b")
    _user(rules, 0, 1, "a")
    rules.dropped(BROKEN)
    assert PlainRules(rules.outbox).opened() == [Interrupted("a"), Uncertain("b")]
    assert rules.outbox.cursor == 0
