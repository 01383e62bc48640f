"""Frames of every kind end in a value or in one `DecodeError`."""

import datetime as dt
import json
import math
from contextlib import suppress

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tek_protocol import DecodeError, Envelope, decode, encode, read_envelope, read_object
from tek_protocol.chat import ChatSend, read_client_message, read_gateway_message

TEXTS = ["type", "id", "requestId", "sessionId", "code", "message"]
PLACES = ["seq", "prev"]
NAMES = TEXTS + PLACES
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
objects = st.dictionaries(st.sampled_from(NAMES) | st.text(), values)


@given(st.binary() | st.text() | values.map(json.dumps) | objects.map(json.dumps))
def test_any_frame_ends_in_a_value_or_a_decode_error(frame: bytes | str) -> None:
    text = frame if isinstance(frame, str) else frame.decode("latin-1")
    for read in (read_envelope, read_object, read_client_message):
        with suppress(DecodeError):
            read(frame)
    with suppress(DecodeError):
        read_gateway_message(text)


@given(objects.map(json.dumps))
def test_any_object_has_an_envelope_of_texts_and_places(frame: str) -> None:
    try:
        fields = read_object(frame)
    except DecodeError:
        return
    envelope = read_envelope(frame)
    for name, known in zip(NAMES, envelope.__struct_fields__, strict=True):
        told = fields.get(name)
        missing = "" if name == "type" else None
        kind = int if name in PLACES else str
        assert getattr(envelope, known) == (told if type(told) is kind else missing)


@given(st.dictionaries(st.text(), st.text() | st.integers(-(2**63), 2**64 - 1) | st.booleans()))
def test_what_is_encoded_is_read_back(message: dict[str, object]) -> None:
    assert read_object(encode(message)) == message


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        (b"", "truncated"),
        (b"[]", "Expected `object`, got `array`"),
        (b"null", "Expected `object`"),
        (b"\xff", "malformed"),
        (b'{"type":"\xff"}', "not valid Unicode"),
        ('{"type":"\ud800"}', "not valid Unicode"),
        (b'{"a":' + b"[" * 100_000, "nested too deeply"),
        (b'{"type":1,"a":1e999}', "out of range"),
        (b"\xef\xbb\xbf{}", "malformed"),
    ],
    ids=range(9),
)
def test_what_is_no_object_says_why(frame: bytes | str, reason: str) -> None:
    with pytest.raises(DecodeError, match=reason):
        read_envelope(frame)


@pytest.mark.parametrize(
    "frame",
    [
        '{"type":"s3cret"}',
        '{"type":"it\'s s3cret\\n\' - at `$`"}',
        '{"type":"chat.send","id":"s3cret"}',
    ],
    ids=range(3),
)
def test_the_reason_never_quotes_the_frame(frame: str) -> None:
    with pytest.raises(DecodeError) as caught:
        read_client_message(frame)
    assert "s3cret" not in str(caught.value)
    assert "`" in str(caught.value), "but it says where"


def test_a_wrong_choice_is_not_quoted_either() -> None:
    class Choice(msgspec.Struct):
        tags: list[bool]

    with pytest.raises(DecodeError, match="Expected `bool`"):
        decode('{"tags":["s3cret"]}', msgspec.json.Decoder(Choice))


def test_fields_of_another_dialect_count_as_missing() -> None:
    frame = (
        '{"type":7,"id":"a","requestId":[],"sessionId":null,"code":401,"message":{},'
        '"seq":"1","prev":true}'
    )
    assert read_envelope(frame) == Envelope(type="", id="a")


def test_an_entry_has_its_place_in_the_log() -> None:
    assert read_envelope('{"type":"x","seq":7,"prev":5}') == Envelope("x", seq=7, prev=5)
    assert read_envelope('{"type":3,"seq":7,"prev":5.5}') == Envelope(seq=7)


def test_unknown_fields_are_tolerated() -> None:
    assert read_envelope('{"type":"x","new":[1,{"deep":true}]}') == Envelope("x")


@pytest.mark.parametrize(
    "value",
    [object(), "\ud800", 10**5_000, {1.5j: 1}, lambda: None],
    ids=["object", "surrogate", "huge", "key", "function"],
)
def test_what_json_cannot_hold_is_a_type_error(value: object) -> None:
    with pytest.raises(TypeError):
        encode({"a": value})


def test_endless_nesting_is_a_type_error() -> None:
    endless: list[object] = []
    endless.append(endless)
    with pytest.raises(TypeError, match="nested too deeply"):
        encode({"a": endless})


def test_what_json_has_no_word_for_is_written_in_its_words() -> None:
    day = dt.date(2026, 1, 2)
    assert encode({"a": math.nan, "b": (1, 2), "c": day}) == '{"a":null,"b":[1,2],"c":"2026-01-02"}'


def test_a_message_is_encoded_without_what_is_not_set() -> None:
    assert encode(ChatSend(id="1", content="hi")) == '{"type":"chat.send","id":"1","content":"hi"}'
