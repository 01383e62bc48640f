"""Text frames to typed messages and back; `DecodeError` is the only error, whatever the bytes."""

import re
from collections.abc import Mapping
from typing import TypeVar

import msgspec

from tek_protocol.envelope import Envelope

M = TypeVar("M")

_ENVELOPE = msgspec.json.Decoder(Envelope)
_OBJECT = msgspec.json.Decoder(dict[str, object])
_PLACES = frozenset({"seq", "prev"})
_MALFORMED = (msgspec.DecodeError, UnicodeError, RecursionError)

_QUOTATION = re.compile(r"\A(Invalid[^']*?) *'.*'", re.DOTALL)
"""The part of a frame that msgspec quotes: `Invalid value 'chat.sned' - at ...`."""


class DecodeError(ValueError):
    """A frame that the protocol does not allow. The text says why, without quoting the frame."""


def decode(frame: str | bytes, decoder: msgspec.json.Decoder[M]) -> M:
    """Return `frame` as the type of `decoder`, or raise `DecodeError`."""
    try:
        return decoder.decode(frame)
    except _MALFORMED as error:
        raise DecodeError(_reason(error)) from error


def read_object(frame: str | bytes) -> dict[str, object]:
    """Return any JSON object; raises `DecodeError` for all else and for numbers out of range."""
    return decode(frame, _OBJECT)


def read_envelope(frame: str | bytes) -> Envelope:
    """Return the routing fields of any JSON object, whether its type is known or not.

    A field with a value of the wrong type counts as missing, so that messages of other gateways
    can be read. Raises `DecodeError` if `frame` is not a JSON object.
    """
    try:
        return _ENVELOPE.decode(frame)
    except _MALFORMED:
        fields = read_object(frame)
    known = {name: fields.get(name) for name in Envelope.__struct_encode_fields__}
    # By `type`, not `isinstance`: in Python, true is an int.
    kept = {k: v for k, v in known.items() if type(v) is (int if k in _PLACES else str)}
    return msgspec.convert(kept, Envelope)


def encode(message: msgspec.Struct | Mapping[str, object]) -> str:
    """Return `message` as the text of a frame; raises `TypeError` for values JSON cannot hold."""
    try:
        return msgspec.json.encode(message).decode()
    except (RecursionError, ValueError) as error:
        raise TypeError(_reason(error)) from error


def _reason(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "nested too deeply"
    if isinstance(error, UnicodeError):
        return "not valid Unicode"
    return _QUOTATION.sub(r"\1", str(error))
