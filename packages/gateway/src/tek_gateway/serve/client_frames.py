"""Client frames as requests, in both protocol modes; a bad frame never ends a connection."""

from typing import TypeVar

import msgspec

from tek_protocol import DecodeError, decode
from tek_protocol.chat import ClientMessage, Error
from tek_protocol.resume_frames import Resume

R = TypeVar("R", bound=ClientMessage | Resume)

ID_LIMIT = 200
"""Characters of a message's id, which every delta of the answer repeats."""

REASON_LIMIT = 200
"""Characters of an error's text, which may quote the client's frame."""


def rate_limited(request_id: str) -> Error:
    """Return the RATE_LIMITED error."""
    return Error("RATE_LIMITED", "Too many messages in a minute. Send it again later.", request_id)


def read_request(frame: str | bytes, decoder: msgspec.json.Decoder[R]) -> R | Error:
    """Return the request in `frame`, or the error for its sender."""
    try:
        return _decode_request(frame, decoder)
    except DecodeError as error:
        return Error("INVALID_MESSAGE", str(error)[:REASON_LIMIT])


def _decode_request(frame: str | bytes, decoder: msgspec.json.Decoder[R]) -> R:
    if isinstance(frame, bytes):
        reason = "Binary frames are not supported; send text frames."
        raise DecodeError(reason)
    message = decode(frame, decoder)
    if not 1 <= len(message.id) <= ID_LIMIT:
        reason = f"`id` must have 1 to {ID_LIMIT} characters."
        raise DecodeError(reason)
    return message
