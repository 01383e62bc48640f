"""The session rules of plain mode, one at a time."""

import pytest

from reconnect_core import (
    Accepted,
    Discarded,
    Failed,
    Failure,
    Interrupted,
    Queued,
    SessionLost,
    SessionOpened,
    Uncertain,
)
from reconnect_core.rules.outbox import Outbox
from reconnect_core.rules.plain import PlainRules
from reconnect_core.testing import (
    ASKING,
    BROKEN,
    FRAME_TOO_LARGE,
    answered,
    asking,
    plain_rules,
    telling,
    write_next,
)

# ---- What goes out when --------------------------------------------------------------------


def test_messages_go_out_in_order() -> None:
    rules = plain_rules()
    for each in "abc":
        rules.outbox.submit(each, telling(each))
    assert [write_next(rules) for _ in range(4)] == ["a", "b", "c", None]
    assert rules.awaits_answer


def test_a_turn_is_held_back_until_the_turn_before_it_has_ended() -> None:
    rules = plain_rules()
    rules.outbox.submit("a", asking("a"))
    rules.outbox.submit("b", asking("b"))
    assert [write_next(rules), write_next(rules)] == ["a", None]
    rules.received(answered("answer.start", "a"))
    rules.received(answered("answer.delta", "a"))
    assert write_next(rules) is None
    rules.received(answered("answer.end", "a"))
    assert write_next(rules) == "b"


def test_what_starts_no_turn_overtakes_a_turn_that_is_held_back() -> None:
    rules = plain_rules()
    for each in ("a", "b"):
        rules.outbox.submit(each, asking(each))
    rules.outbox.submit("approval", telling("approval"))
    assert [write_next(rules), write_next(rules), write_next(rules)] == ["a", "approval", None]


@pytest.mark.parametrize("code", ["STREAM_IN_PROGRESS", "PROVIDER_NOT_CONFIGURED", "LLM_ERROR"])
def test_an_error_ends_a_turn(code: str) -> None:
    rules = plain_rules()
    rules.outbox.submit("a", asking("a"))
    write_next(rules)
    assert rules.received(answered("error", "a", code=code)).events == [Accepted("a")]
    assert not rules.awaits_answer


# ---- The session ---------------------------------------------------------------------------


def test_a_session_id_is_picked_out_of_any_message_and_sent_along() -> None:
    rules = plain_rules()
    rules.outbox.submit("a", asking("a"))
    message = rules.next_to_write()
    assert message is not None
    assert "sessionId" not in rules.frame(message)
    assert rules.received(answered("anything", session_id="s-1")).events == [SessionOpened("s-1")]
    assert rules.received(answered("anything", session_id="s-1")).events == []
    assert rules.frame(message).startswith('{"sessionId":"s-1","type":')


def test_the_session_id_outlives_the_connection() -> None:
    rules = plain_rules()
    rules.received(answered("session.created", session_id="s-1"))
    rules.dropped(BROKEN)
    assert rules.outbox.session_id == "s-1"


def test_a_session_that_the_caller_names_is_left_alone() -> None:
    rules = PlainRules(Outbox(session_id="mine", dialect=ASKING))
    rules.outbox.submit("a", {"id": "a", "sessionId": ""})
    message = rules.next_to_write()
    assert message is not None
    assert rules.frame(message) == '{"id":"a","sessionId":""}'


def test_an_endless_session_id_is_not_adopted() -> None:
    rules = PlainRules(Outbox(session_id="s-1", dialect=ASKING))
    assert rules.received(answered("session.created", session_id="x" * 257)).events == []
    assert rules.outbox.session_id == "s-1"


def test_a_lost_session_is_reported_and_its_message_sent_once_more_without_it() -> None:
    rules = PlainRules(Outbox(session_id="gone", dialect=ASKING))
    rules.outbox.submit("a", asking("a"))
    rules.outbox.submit("b", asking("b"))
    write_next(rules)
    events = rules.received(answered("error", "a", code="SESSION_NOT_FOUND")).events
    assert events == [SessionLost("gone"), Queued("a", asking("a"))]
    message = rules.next_to_write()
    assert message is not None
    assert message.id == "a"
    assert rules.frame(message) == message.text


def test_a_session_that_is_lost_twice_is_the_gateways_last_word() -> None:
    rules = PlainRules(Outbox(session_id="gone", dialect=ASKING))
    rules.outbox.submit("a", asking("a"))
    write_next(rules)
    rules.received(answered("error", "a", code="SESSION_NOT_FOUND"))
    write_next(rules)
    assert rules.received(answered("error", "a", code="SESSION_NOT_FOUND")).events == [
        Accepted("a")
    ]
    assert not rules.awaits_answer


def test_a_message_that_is_sent_again_by_hand_may_meet_a_lost_session_again() -> None:
    rules = PlainRules(Outbox(session_id="gone", dialect=ASKING))
    rules.outbox.submit("a", asking("a"))
    write_next(rules)
    rules.received(answered("error", "a", code="SESSION_NOT_FOUND"))
    write_next(rules)
    rules.dropped(BROKEN)
    rules.received(answered("session.created", session_id="gone too"))
    rules.outbox.resend("a")
    write_next(rules)
    events = rules.received(answered("error", "a", code="SESSION_NOT_FOUND")).events
    assert events == [SessionLost("gone too"), Queued("a", asking("a"))]


def test_a_session_that_is_lost_in_the_middle_of_an_answer_ends_the_turn() -> None:
    rules = plain_rules()
    rules.outbox.submit("a", asking("a"))
    write_next(rules)
    rules.received(answered("answer.start", "a"))
    assert rules.received(answered("error", "a", code="SESSION_NOT_FOUND")).events == []
    assert not rules.awaits_answer


def test_a_lost_session_for_a_message_that_is_no_turn_is_an_ordinary_answer() -> None:
    rules = plain_rules("a")
    assert rules.received(answered("error", "a", code="SESSION_NOT_FOUND")).events == [
        Accepted("a")
    ]


# ---- What becomes of a message -------------------------------------------------------------


def test_the_first_answer_settles_a_message_and_later_ones_change_nothing() -> None:
    rules = plain_rules("a")
    assert rules.received(answered("anything", "a")).events == [Accepted("a")]
    assert rules.received(answered("anything", "a")).events == []
    assert rules.received(answered("anything", "unknown")).events == []
    assert "a" not in rules.outbox


def test_a_frame_that_the_gateway_did_not_understand_fails_its_message() -> None:
    rules = plain_rules()
    rules.outbox.submit("a", asking("a"))
    rules.outbox.submit("b", asking("b"))
    write_next(rules)
    events = rules.received(
        answered("error", code="INVALID_MESSAGE", message="content is empty")
    ).events
    assert events == [Failed("a", "content is empty")]
    assert write_next(rules) == "b"


def test_the_first_unanswered_message_is_the_one_that_was_not_understood() -> None:
    rules = plain_rules("a", "b")
    rules.outbox.submit("turn", asking("turn"))
    write_next(rules)
    rules.received(answered("done", "a"))
    (failed,) = rules.received(answered("error", code="INVALID_MESSAGE")).events
    assert failed == Failed("b", "the gateway did not understand it")
    assert rules.turn == "turn"


def test_with_nothing_unanswered_an_invalid_message_error_fails_nothing() -> None:
    rules = plain_rules()
    assert not rules.received(answered("error", code="INVALID_MESSAGE")).events


def test_a_lost_connection_makes_what_was_written_uncertain_and_never_sends_it_again() -> None:
    rules = plain_rules("a", "b")
    rules.outbox.submit("c", telling("c"))
    assert rules.dropped(BROKEN) == [Uncertain("a"), Uncertain("b")]
    assert [write_next(rules), write_next(rules)] == ["c", None]


def test_an_answer_that_was_cut_off_is_interrupted() -> None:
    rules = plain_rules()
    rules.outbox.submit("a", asking("a"))
    write_next(rules)
    rules.received(answered("answer.start", "a"))
    assert rules.dropped(BROKEN) == [Interrupted("a")]
    assert not rules.awaits_answer
    assert rules.dropped(BROKEN) == []


def test_a_frame_too_large_fails_the_largest_message_only() -> None:
    rules = plain_rules()
    rules.outbox.submit("small", telling("small"))
    rules.outbox.submit("large", asking("large", "x" * 1_000))
    assert write_next(rules)
    assert write_next(rules)
    events = rules.dropped(FRAME_TOO_LARGE)
    assert events == [
        Failed("large", "the gateway takes no frame that large"),
        Uncertain("small"),
    ]


def test_a_late_answer_settles_an_uncertain_or_failed_message() -> None:
    rules = plain_rules("a", "b")
    rules.dropped(FRAME_TOO_LARGE)
    assert rules.received(answered("done", "a")).events == [Accepted("a")]
    assert rules.received(answered("done", "b")).events == [Accepted("b")]
    assert not list(rules.outbox)


def test_a_late_answer_leaves_a_message_alone_that_waits_to_be_sent_again() -> None:
    rules = plain_rules("a")
    rules.dropped(BROKEN)
    rules.outbox.resend("a")
    assert rules.received(answered("late", "a")).events == []
    assert write_next(rules) == "a"


@pytest.mark.parametrize("failure", [BROKEN, FRAME_TOO_LARGE], ids=["uncertain", "failed"])
def test_an_uncertain_or_failed_message_is_sent_again_when_the_caller_asks(
    failure: Failure,
) -> None:
    rules = plain_rules("a")
    rules.dropped(failure)
    assert rules.outbox.resend("a") == [Queued("a", telling("a"))]
    assert write_next(rules) == "a"


@pytest.mark.parametrize("failure", [BROKEN, FRAME_TOO_LARGE], ids=["uncertain", "failed"])
def test_an_uncertain_or_failed_message_is_removed_when_the_caller_asks(failure: Failure) -> None:
    rules = plain_rules("a")
    rules.dropped(failure)
    assert rules.outbox.discard("a") == [Discarded("a")]
    assert "a" not in rules.outbox


def test_a_queued_message_is_removed_when_the_caller_asks() -> None:
    rules = plain_rules()
    for each in "ab":
        rules.outbox.submit(each, telling(each))
    assert rules.outbox.discard("b") == [Discarded("b")]
    assert [write_next(rules), write_next(rules)] == ["a", None]


@pytest.mark.parametrize("message_id", ["flying", "waiting", "unknown"])
def test_only_an_uncertain_or_failed_message_can_be_sent_again(message_id: str) -> None:
    rules = plain_rules("flying")
    rules.outbox.submit("waiting", telling("waiting"))
    with pytest.raises(KeyError):
        rules.outbox.resend(message_id)


@pytest.mark.parametrize("message_id", ["flying", "unknown"])
def test_a_message_in_flight_or_unknown_cannot_be_discarded(message_id: str) -> None:
    with pytest.raises(KeyError):
        plain_rules("flying").outbox.discard(message_id)
