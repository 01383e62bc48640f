"""What the outbox takes, and what it refuses."""

import math

import msgspec
import pytest

from reconnect_core import (
    Cause,
    Failure,
    IdInUse,
    Limits,
    MessageTooLarge,
    NotQueued,
    OutboxFull,
    Queued,
    Received,
    Sent,
)
from reconnect_core.rules.outbox import Outbox
from reconnect_core.rules.plain import PlainRules
from reconnect_core.testing import ASKING
from tek_protocol import Envelope

BROKEN = Failure(Cause.CLOSED, "broke off", code=1006)
TOO_LARGE = Failure(Cause.CLOSED, "too large", code=1009)


def _turn(message_id: str, content: str = "hello") -> dict[str, object]:
    return {"type": "ask", "content": content, "id": message_id}


def _other(message_id: str) -> dict[str, object]:
    return {"type": "other", "id": message_id}


def _write(rules: PlainRules) -> str | None:
    """Write the next message as the loop does; returns its id."""
    message = rules.next_to_write()
    if message is None:
        return None
    assert rules.written(message) == [Sent(message.id)]
    return message.id


def _flying(*ids: str) -> PlainRules:
    rules = PlainRules(Outbox(dialect=ASKING))
    for each in ids:
        rules.outbox.submit(each, _other(each))
        _write(rules)
    return rules


def _says(  # the fields of an envelope that a plain gateway fills
    kind: str,
    request: str | None = None,
    *,
    session_id: str | None = None,
    code: str | None = None,
    message: str | None = None,
) -> Received:
    envelope = Envelope(kind, request_id=request, session_id=session_id, code=code, message=message)
    return Received(envelope, "{}")


def test_a_submitted_message_is_queued() -> None:
    rules = PlainRules(Outbox(dialect=ASKING))
    assert rules.outbox.submit("a", _turn("a")) == [Queued("a", _turn("a"))]
    assert "a" in rules.outbox
    assert not rules.awaits_answer


def test_what_the_caller_changes_later_is_not_sent() -> None:
    rules, content = PlainRules(Outbox(dialect=ASKING)), ["one"]
    rules.outbox.submit("a", {"id": "a", "content": content})
    content.append("two")
    message = rules.next_to_write()
    assert message is not None
    assert rules.frame(message) == '{"id":"a","content":["one"]}'


@pytest.mark.parametrize("where", ["queued", "in flight", "answered", "uncertain", "failed"])
def test_an_id_is_refused_until_its_message_is_settled(where: str) -> None:
    rules = PlainRules(Outbox(dialect=ASKING))
    rules.outbox.submit("a", _turn("a"))
    if where != "queued":
        _write(rules)
    if where == "answered":
        rules.received(_says("answer.start", "a"))
    if where in {"uncertain", "failed"}:
        rules.dropped(BROKEN if where == "uncertain" else TOO_LARGE)
    with pytest.raises(IdInUse, match="still in the outbox"):
        rules.outbox.submit("a", _turn("a"))


def test_the_id_of_a_settled_message_may_come_again() -> None:
    rules = _flying("a")
    rules.received(_says("done", "a"))
    assert rules.outbox.submit("a", _other("a"))


def test_a_message_above_the_frame_limit_is_refused_and_changes_nothing() -> None:
    rules = PlainRules(Outbox(dialect=ASKING, limits=Limits(frame_bytes=2_000)))
    with pytest.raises(MessageTooLarge, match="the limit is 2,000 bytes") as caught:
        rules.outbox.submit("a", _turn("a", "x" * 2_000))
    assert caught.value.limit == 2_000 < caught.value.size
    assert "a" not in rules.outbox


def test_room_is_kept_for_the_longest_session_id() -> None:
    limits = Limits(frame_bytes=4_096)
    rules = PlainRules(Outbox(dialect=ASKING, limits=limits))
    length = next(each for each in range(4_096, 0, -1) if _fits(rules, each))
    for session_id in ("x" * 256, "\x01" * 256, "𝄞" * 256):
        rules.received(_says("session.created", session_id=session_id))
        message = rules.next_to_write()
        assert message is not None
        assert len(rules.frame(message).encode()) <= limits.frame_bytes
    assert length > 2_000


def _fits(rules: PlainRules, length: int) -> bool:
    try:
        rules.outbox.submit("a", _turn("a", "x" * length))
    except MessageTooLarge:
        return False
    return True


@pytest.mark.parametrize(
    "limits", [Limits(outbox_messages=3), Limits(outbox_bytes=3 * 1_700)], ids=["count", "bytes"]
)
def test_a_full_outbox_refuses_whatever_has_become_of_its_messages(limits: Limits) -> None:
    rules = PlainRules(Outbox(dialect=ASKING, limits=limits))
    rules.outbox.submit("flying", _other("flying"))
    rules.outbox.submit("uncertain", _other("uncertain"))
    assert _write(rules)
    assert _write(rules)
    rules.dropped(BROKEN)
    rules.outbox.submit("waiting", _other("waiting"))
    with pytest.raises(OutboxFull, match="it holds 3 messages") as caught:
        rules.outbox.submit("d", _other("d"))
    assert caught.value.messages == 3
    rules.outbox.discard("flying")
    assert rules.outbox.submit("d", _other("d"))


def test_every_refusal_leaves_the_message_with_the_caller() -> None:
    assert issubclass(MessageTooLarge, NotQueued)
    assert issubclass(OutboxFull, NotQueued)
    assert issubclass(IdInUse, NotQueued)


@pytest.mark.parametrize("value", [object(), "\ud800", 10**5000], ids=["object", "text", "number"])
def test_what_json_cannot_hold_is_a_type_error(value: object) -> None:
    rules = PlainRules(Outbox(dialect=ASKING))
    with pytest.raises(TypeError):
        rules.outbox.submit("a", {"id": "a", "content": value})
    assert "a" not in rules.outbox


def test_what_json_can_write_and_not_read_is_a_type_error_too() -> None:
    huge = msgspec.Raw(b"9" * 5_000)
    with pytest.raises(TypeError, match="out of range"):
        Outbox(dialect=ASKING).submit("a", {"id": "a", "content": huge})


def test_infinity_is_sent_as_null() -> None:
    (queued,) = Outbox(dialect=ASKING).submit("a", {"id": "a", "content": math.inf})
    assert queued == Queued("a", {"id": "a", "content": None})
