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
    Sent,
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


def test_a_submitted_message_is_queued() -> None:
    ledger = Ledger()
    assert ledger.submit("a", _turn("a")) == [Queued("a", _turn("a"))]
    assert "a" in ledger
    assert not ledger.in_flight


def test_what_the_caller_changes_later_is_not_sent() -> None:
    ledger, content = Ledger(), ["one"]
    ledger.submit("a", {"id": "a", "content": content})
    content.append("two")
    message = ledger.next_to_write()
    assert message is not None
    assert ledger.frame(message) == '{"id":"a","content":["one"]}'


@pytest.mark.parametrize("where", ["waiting", "flying", "answered", "uncertain", "failed"])
def test_an_id_is_refused_until_its_message_is_settled(where: str) -> None:
    ledger = Ledger()
    ledger.submit("a", _turn("a"))
    if where != "waiting":
        _write(ledger)
    if where == "answered":
        ledger.received(_says("chat.stream.start", "a"))
    if where in {"uncertain", "failed"}:
        ledger.dropped(BROKEN if where == "uncertain" else TOO_LARGE)
    with pytest.raises(IdInUse, match="still queued"):
        ledger.submit("a", _turn("a"))


def test_the_id_of_a_settled_message_may_come_again() -> None:
    ledger = _flying("a")
    ledger.received(_says("done", "a"))
    assert ledger.submit("a", _other("a"))


def test_a_message_above_the_frame_limit_is_refused_and_changes_nothing() -> None:
    ledger = Ledger(limits=Limits(frame_bytes=2_000))
    with pytest.raises(MessageTooLarge, match="over the limit of 2,000") as caught:
        ledger.submit("a", _turn("a", "x" * 2_000))
    assert caught.value.limit == 2_000 < caught.value.size
    assert "a" not in ledger


def test_room_is_kept_for_the_longest_session_id() -> None:
    limits = Limits(frame_bytes=4_096)
    ledger = Ledger(limits=limits)
    length = next(each for each in range(4_096, 0, -1) if _fits(ledger, each))
    for session_id in ("x" * 256, "\x01" * 256, "𝄞" * 256):
        ledger.received(_says("session.created", session_id=session_id))
        message = ledger.next_to_write()
        assert message is not None
        assert len(ledger.frame(message).encode()) <= limits.frame_bytes
    assert length > 2_000


def _fits(ledger: Ledger, length: int) -> bool:
    try:
        ledger.submit("a", _turn("a", "x" * length))
    except MessageTooLarge:
        return False
    return True


@pytest.mark.parametrize(
    "limits", [Limits(outbox_messages=3), Limits(outbox_bytes=3 * 1_700)], ids=["count", "bytes"]
)
def test_a_full_outbox_refuses_whatever_has_become_of_its_messages(limits: Limits) -> None:
    ledger = Ledger(limits=limits)
    ledger.submit("flying", _other("flying"))
    ledger.submit("uncertain", _other("uncertain"))
    assert _write(ledger)
    assert _write(ledger)
    ledger.dropped(BROKEN)
    ledger.submit("waiting", _other("waiting"))
    with pytest.raises(OutboxFull, match="it holds 3 messages") as caught:
        ledger.submit("d", _other("d"))
    assert caught.value.messages == 3
    ledger.discard("flying")
    assert ledger.submit("d", _other("d"))


def test_every_refusal_leaves_the_message_with_the_caller() -> None:
    assert issubclass(MessageTooLarge, NotQueued)
    assert issubclass(OutboxFull, NotQueued)
    assert issubclass(IdInUse, NotQueued)


@pytest.mark.parametrize("value", [object(), "\ud800", 10**5000], ids=["object", "text", "number"])
def test_what_json_cannot_hold_is_a_type_error(value: object) -> None:
    ledger = Ledger()
    with pytest.raises(TypeError):
        ledger.submit("a", {"id": "a", "content": value})
    assert "a" not in ledger


def test_what_json_can_write_and_not_read_is_a_type_error_too() -> None:
    huge = msgspec.Raw(b"9" * 5_000)
    with pytest.raises(TypeError, match="out of range"):
        Ledger().submit("a", {"id": "a", "content": huge})


def test_infinity_is_sent_as_null() -> None:
    (queued,) = Ledger().submit("a", {"id": "a", "content": math.inf})
    assert queued == Queued("a", {"id": "a", "content": None})
