"""What the outbox takes, and what it refuses."""

import math

import msgspec
import pytest

from reconnect_core import (
    IdInUse,
    Limits,
    MessageTooLarge,
    NotQueued,
    OutboxFull,
    Queued,
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


def test_a_submitted_message_is_queued() -> None:
    rules = plain_rules()
    assert rules.outbox.submit("a", asking("a")) == [Queued("a", asking("a"))]
    assert "a" in rules.outbox
    assert not rules.awaits_answer


def test_what_the_caller_changes_later_is_not_sent() -> None:
    rules, content = plain_rules(), ["one"]
    rules.outbox.submit("a", {"id": "a", "content": content})
    content.append("two")
    message = rules.next_to_write()
    assert message is not None
    assert rules.frame(message) == '{"id":"a","content":["one"]}'


@pytest.mark.parametrize("where", ["queued", "in flight", "answered", "uncertain", "failed"])
def test_an_id_is_refused_until_its_message_is_settled(where: str) -> None:
    rules = plain_rules()
    rules.outbox.submit("a", asking("a"))
    if where != "queued":
        write_next(rules)
    if where == "answered":
        rules.received(answered("answer.start", "a"))
    if where in {"uncertain", "failed"}:
        rules.dropped(BROKEN if where == "uncertain" else FRAME_TOO_LARGE)
    with pytest.raises(IdInUse, match="still in the outbox"):
        rules.outbox.submit("a", asking("a"))


def test_the_id_of_a_settled_message_may_come_again() -> None:
    rules = plain_rules("a")
    rules.received(answered("done", "a"))
    assert rules.outbox.submit("a", telling("a"))


def test_a_message_above_the_frame_limit_is_refused_and_changes_nothing() -> None:
    rules = PlainRules(Outbox(dialect=ASKING, limits=Limits(frame_bytes=2_000)))
    with pytest.raises(MessageTooLarge, match="the limit is 2,000 bytes") as caught:
        rules.outbox.submit("a", asking("a", "x" * 2_000))
    assert caught.value.limit == 2_000 < caught.value.size
    assert "a" not in rules.outbox


def test_room_is_kept_for_the_longest_session_id() -> None:
    limits = Limits(frame_bytes=4_096)
    rules = PlainRules(Outbox(dialect=ASKING, limits=limits))
    length = next(each for each in range(4_096, 0, -1) if _fits(rules, each))
    for session_id in ("x" * 256, "\x01" * 256, "𝄞" * 256):
        rules.received(answered("session.created", session_id=session_id))
        message = rules.next_to_write()
        assert message is not None
        assert len(rules.frame(message).encode()) <= limits.frame_bytes
    assert length > 2_000


def _fits(rules: PlainRules, length: int) -> bool:
    try:
        rules.outbox.submit("a", asking("a", "x" * length))
    except MessageTooLarge:
        return False
    return True


@pytest.mark.parametrize(
    "limits", [Limits(outbox_messages=3), Limits(outbox_bytes=3 * 1_700)], ids=["count", "bytes"]
)
def test_a_full_outbox_refuses_whatever_has_become_of_its_messages(limits: Limits) -> None:
    rules = PlainRules(Outbox(dialect=ASKING, limits=limits))
    rules.outbox.submit("flying", telling("flying"))
    rules.outbox.submit("uncertain", telling("uncertain"))
    assert write_next(rules)
    assert write_next(rules)
    rules.dropped(BROKEN)
    rules.outbox.submit("waiting", telling("waiting"))
    with pytest.raises(OutboxFull, match="it holds 3 messages") as caught:
        rules.outbox.submit("d", telling("d"))
    assert caught.value.messages == 3
    rules.outbox.discard("flying")
    assert rules.outbox.submit("d", telling("d"))


def test_every_refusal_leaves_the_message_with_the_caller() -> None:
    assert issubclass(MessageTooLarge, NotQueued)
    assert issubclass(OutboxFull, NotQueued)
    assert issubclass(IdInUse, NotQueued)


@pytest.mark.parametrize("value", [object(), "\ud800", 10**5000], ids=["object", "text", "number"])
def test_what_json_cannot_hold_is_a_type_error(value: object) -> None:
    rules = plain_rules()
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
