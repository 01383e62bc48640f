"""What clients ask for in either mode: frames to requests.

It must never let a frame end a connection.
"""

from typing import TypeVar

import msgspec

from tek_protocol import DecodeError, decode
from tek_protocol.chat import ClientMessage, Error
from tek_protocol.resume_frames import Resume

R = TypeVar("R", bound=ClientMessage | Resume)

ID_LIMIT = 200
"""Characters of a message's id: it comes back in every delta of the answer."""

REASON_LIMIT = 200
"""Characters of an error's text that may quote what a client sent."""


def too_often(request_id: str) -> Error:
    """Return what a principal is told that asks for more than it may."""
    return Error("RATE_LIMITED", "too many messages in a minute; send it again later", request_id)


def understood(frame: str | bytes, decoder: msgspec.json.Decoder[R]) -> R | Error:
    """Return the request in `frame`, or what its sender is told instead."""
    try:
        return _request(frame, decoder)
    except DecodeError as error:
        return Error("INVALID_MESSAGE", str(error)[:REASON_LIMIT])


def _request(frame: str | bytes, decoder: msgspec.json.Decoder[R]) -> R:
    if isinstance(frame, bytes):
        reason = "a frame must hold text, and this one is binary"
        raise DecodeError(reason)
    message = decode(frame, decoder)
    if not 1 <= len(message.id) <= ID_LIMIT:
        reason = f"an `id` has from 1 to {ID_LIMIT} characters"
        raise DecodeError(reason)
    return message
