"""The session rules of plain mode, one at a time."""

import pytest

from reconnect_core import (
    Accepted,
    Cause,
    Discarded,
    Failed,
    Failure,
    Interrupted,
    Queued,
    Sent,
    SessionLost,
    SessionOpened,
    Uncertain,
)
from reconnect_core.session import Ledger
from tek_protocol import Envelope

BROKEN = Failure(Cause.CLOSED, "broke off", code=1006)
TOO_LARGE = Failure(Cause.CLOSED, "too large", code=1009)


def _turn(message_id: str, content: str = "hello") -> dict[str, object]:
    return {"type": "chat.send", "content": content, "id": message_id}


def _other(message_id: str) -> dict[str, object]:
    return {"type": "tool.approval", "id": message_id}


def _write(ledger: Ledger) -> str | None:
    """Write the next message as the loop does; returns its id."""
    message = ledger.next_to_write()
    if message is None:
        return None
    assert ledger.written(message) == [Sent(message.id)]
    return message.id


def _flying(*ids: str) -> Ledger:
    ledger = Ledger()
    for each in ids:
        ledger.submit(each, _other(each))
        _write(ledger)
    return ledger


def _says(kind: str, request: str | None = None, **fields: str) -> Envelope:
    return Envelope(kind, request_id=request, **fields)


# ---- What goes out when --------------------------------------------------------------------


def test_messages_go_out_in_order() -> None:
    ledger = Ledger()
    for each in "abc":
        ledger.submit(each, _other(each))
    assert [_write(ledger) for _ in range(4)] == ["a", "b", "c", None]
    assert ledger.in_flight


def test_a_turn_is_held_back_until_the_turn_before_it_has_ended() -> None:
    ledger = Ledger()
    ledger.submit("a", _turn("a"))
    ledger.submit("b", _turn("b"))
    assert [_write(ledger), _write(ledger)] == ["a", None]
    ledger.received(_says("chat.stream.start", "a"))
    ledger.received(_says("chat.stream.delta", "a"))
    assert _write(ledger) is None
    ledger.received(_says("chat.stream.end", "a"))
    assert _write(ledger) == "b"


def test_what_starts_no_turn_overtakes_a_turn_that_is_held_back() -> None:
    ledger = Ledger()
    for each in ("a", "b"):
        ledger.submit(each, _turn(each))
    ledger.submit("approval", _other("approval"))
    assert [_write(ledger), _write(ledger), _write(ledger)] == ["a", "approval", None]


@pytest.mark.parametrize("code", ["STREAM_IN_PROGRESS", "PROVIDER_NOT_CONFIGURED", "LLM_ERROR"])
def test_an_error_ends_a_turn(code: str) -> None:
    ledger = Ledger()
    ledger.submit("a", _turn("a"))
    _write(ledger)
    assert ledger.received(_says("error", "a", code=code)) == [Accepted("a")]
    assert not ledger.in_flight


# ---- The session ---------------------------------------------------------------------------


def test_a_session_id_is_picked_out_of_any_message_and_sent_along() -> None:
    ledger = Ledger()
    ledger.submit("a", _turn("a"))
    message = ledger.next_to_write()
    assert message is not None
    assert "sessionId" not in ledger.frame(message)
    assert ledger.received(_says("anything", session_id="s-1")) == [SessionOpened("s-1")]
    assert ledger.received(_says("anything", session_id="s-1")) == []
    assert ledger.frame(message).startswith('{"sessionId":"s-1","type":')


def test_the_session_id_outlives_the_connection() -> None:
    ledger = Ledger()
    ledger.received(_says("session.created", session_id="s-1"))
    ledger.dropped(BROKEN)
    assert ledger.session_id == "s-1"


def test_a_session_that_the_caller_names_is_left_alone() -> None:
    ledger = Ledger(session_id="mine")
    ledger.submit("a", {"id": "a", "sessionId": ""})
    message = ledger.next_to_write()
    assert message is not None
    assert ledger.frame(message) == '{"id":"a","sessionId":""}'


def test_an_endless_session_id_is_not_adopted() -> None:
    ledger = Ledger(session_id="s-1")
    assert ledger.received(_says("session.created", session_id="x" * 257)) == []
    assert ledger.session_id == "s-1"


def test_a_lost_session_is_told_and_its_message_sent_once_more_without_it() -> None:
    ledger = Ledger(session_id="gone")
    ledger.submit("a", _turn("a"))
    ledger.submit("b", _turn("b"))
    _write(ledger)
    events = ledger.received(_says("error", "a", code="SESSION_NOT_FOUND"))
    assert events == [SessionLost("gone"), Queued("a", _turn("a"))]
    message = ledger.next_to_write()
    assert message is not None
    assert message.id == "a"
    assert ledger.frame(message) == message.text


def test_a_session_that_is_lost_twice_is_the_gateways_last_word() -> None:
    ledger = Ledger(session_id="gone")
    ledger.submit("a", _turn("a"))
    _write(ledger)
    ledger.received(_says("error", "a", code="SESSION_NOT_FOUND"))
    _write(ledger)
    assert ledger.received(_says("error", "a", code="SESSION_NOT_FOUND")) == [Accepted("a")]
    assert not ledger.in_flight


def test_a_message_that_is_sent_again_by_hand_may_meet_a_lost_session_again() -> None:
    ledger = Ledger(session_id="gone")
    ledger.submit("a", _turn("a"))
    _write(ledger)
    ledger.received(_says("error", "a", code="SESSION_NOT_FOUND"))
    _write(ledger)
    ledger.dropped(BROKEN)
    ledger.received(_says("session.created", session_id="gone too"))
    ledger.resend("a")
    _write(ledger)
    events = ledger.received(_says("error", "a", code="SESSION_NOT_FOUND"))
    assert events == [SessionLost("gone too"), Queued("a", _turn("a"))]


def test_a_session_that_is_lost_in_the_middle_of_an_answer_ends_the_turn() -> None:
    ledger = Ledger()
    ledger.submit("a", _turn("a"))
    _write(ledger)
    ledger.received(_says("chat.stream.start", "a"))
    assert ledger.received(_says("error", "a", code="SESSION_NOT_FOUND")) == []
    assert not ledger.in_flight


def test_a_lost_session_of_somebody_else_is_an_answer_like_any_other() -> None:
    ledger = _flying("a")
    assert ledger.received(_says("error", "a", code="SESSION_NOT_FOUND")) == [Accepted("a")]


# ---- What becomes of a message -------------------------------------------------------------


def test_the_first_answer_settles_a_message_and_later_ones_change_nothing() -> None:
    ledger = _flying("a")
    assert ledger.received(_says("anything", "a")) == [Accepted("a")]
    assert ledger.received(_says("anything", "a")) == []
    assert ledger.received(_says("anything", "unknown")) == []
    assert "a" not in ledger


def test_a_frame_that_the_gateway_did_not_understand_sets_its_message_aside() -> None:
    ledger = Ledger()
    ledger.submit("a", _turn("a"))
    ledger.submit("b", _turn("b"))
    _write(ledger)
    events = ledger.received(_says("error", code="INVALID_MESSAGE", message="content is empty"))
    assert events == [Failed("a", "content is empty")]
    assert _write(ledger) == "b"


def test_the_first_unanswered_message_is_the_one_that_was_not_understood() -> None:
    ledger = _flying("a", "b")
    ledger.submit("turn", _turn("turn"))
    _write(ledger)
    ledger.received(_says("done", "a"))
    (failed,) = ledger.received(_says("error", code="INVALID_MESSAGE"))
    assert failed == Failed("b", "the gateway did not understand it")
    assert ledger.turn == "turn"


def test_with_nothing_unanswered_a_misunderstanding_concerns_nobody() -> None:
    assert Ledger().received(_says("error", code="INVALID_MESSAGE")) == []


def test_a_lost_connection_makes_what_was_written_uncertain_and_never_sends_it_again() -> None:
    ledger = _flying("a", "b")
    ledger.submit("c", _other("c"))
    assert ledger.dropped(BROKEN) == [Uncertain("a"), Uncertain("b")]
    assert [_write(ledger), _write(ledger)] == ["c", None]


def test_an_answer_that_was_cut_off_is_interrupted() -> None:
    ledger = Ledger()
    ledger.submit("a", _turn("a"))
    _write(ledger)
    ledger.received(_says("chat.stream.start", "a"))
    assert ledger.dropped(BROKEN) == [Interrupted("a")]
    assert not ledger.in_flight
    assert ledger.dropped(BROKEN) == []


def test_a_frame_too_large_sets_the_largest_message_aside_alone() -> None:
    ledger = Ledger()
    ledger.submit("small", _other("small"))
    ledger.submit("large", _turn("large", "x" * 1_000))
    assert _write(ledger)
    assert _write(ledger)
    events = ledger.dropped(TOO_LARGE)
    assert events == [
        Failed("large", "the gateway takes no frame that large"),
        Uncertain("small"),
    ]


def test_a_late_answer_settles_a_message_that_was_set_aside() -> None:
    ledger = _flying("a", "b")
    ledger.dropped(TOO_LARGE)
    assert ledger.received(_says("done", "a")) == [Accepted("a")]
    assert ledger.received(_says("done", "b")) == [Accepted("b")]
    assert not list(ledger)


def test_a_late_answer_leaves_a_message_alone_that_waits_to_be_sent_again() -> None:
    ledger = _flying("a")
    ledger.dropped(BROKEN)
    ledger.resend("a")
    assert ledger.received(_says("late", "a")) == []
    assert _write(ledger) == "a"


@pytest.mark.parametrize("failure", [BROKEN, TOO_LARGE], ids=["uncertain", "failed"])
def test_what_was_set_aside_is_sent_again_on_the_callers_word(failure: Failure) -> None:
    ledger = _flying("a")
    ledger.dropped(failure)
    assert ledger.resend("a") == [Queued("a", _other("a"))]
    assert _write(ledger) == "a"


@pytest.mark.parametrize("failure", [BROKEN, TOO_LARGE], ids=["uncertain", "failed"])
def test_what_was_set_aside_is_forgotten_on_the_callers_word(failure: Failure) -> None:
    ledger = _flying("a")
    ledger.dropped(failure)
    assert ledger.discard("a") == [Discarded("a")]
    assert "a" not in ledger


def test_a_queued_message_is_forgotten_on_the_callers_word() -> None:
    ledger = Ledger()
    for each in "ab":
        ledger.submit(each, _other(each))
    assert ledger.discard("b") == [Discarded("b")]
    assert [_write(ledger), _write(ledger)] == ["a", None]


@pytest.mark.parametrize("message_id", ["flying", "waiting", "unknown"])
def test_only_what_was_set_aside_can_be_sent_again(message_id: str) -> None:
    ledger = _flying("flying")
    ledger.submit("waiting", _other("waiting"))
    with pytest.raises(KeyError):
        ledger.resend(message_id)


@pytest.mark.parametrize("message_id", ["flying", "unknown"])
def test_what_is_on_its_way_or_unknown_cannot_be_forgotten(message_id: str) -> None:
    with pytest.raises(KeyError):
        _flying("flying").discard(message_id)
