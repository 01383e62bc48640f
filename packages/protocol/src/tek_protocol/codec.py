"""Text frames to typed messages and back; hostile input ends in one `DecodeError`.

It must never let another exception out, whatever the bytes are.
"""

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
"""What msgspec repeats of a frame: `Invalid value 'chat.sned' - at ...`."""


class DecodeError(ValueError):
    """A frame is not what the protocol allows; the text says why and never quotes the frame."""


def decode(frame: str | bytes, decoder: msgspec.json.Decoder[M]) -> M:
    """Return `frame` as the type of `decoder`, or raise `DecodeError`."""
    try:
        return decoder.decode(frame)
    except _MALFORMED as error:
        raise DecodeError(_reason(error)) from error


def read_object(frame: str | bytes) -> dict[str, object]:
    """Return any JSON object; raises `DecodeError` for all else, numbers out of range too."""
    return decode(frame, _OBJECT)


def read_envelope(frame: str | bytes) -> Envelope:
    """Return the routing fields of any JSON object, whether its type is known or not.

    A field of a foreign type counts as missing, so that a message of another dialect still
    arrives. Raises `DecodeError` if `frame` is no JSON object.
    """
    try:
        return _ENVELOPE.decode(frame)
    except _MALFORMED:
        fields = read_object(frame)
    known = {name: fields.get(name) for name in Envelope.__struct_encode_fields__}
    # By `type`, not `isinstance`: to Python, true is a number.
    kept = {k: v for k, v in known.items() if type(v) is (int if k in _PLACES else str)}
    return msgspec.convert(kept, Envelope)


def encode(message: msgspec.Struct | Mapping[str, object]) -> str:
    """Return `message` as the text of one frame; raises `TypeError` for what JSON cannot hold."""
    try:
        return msgspec.json.encode(message).decode()
    except (RecursionError, ValueError) as error:
        raise TypeError(_reason(error)) from error


def _reason(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "nested too deeply"
    if isinstance(error, UnicodeError):
        return "no valid Unicode"
    return _QUOTATION.sub(r"\1", str(error))
