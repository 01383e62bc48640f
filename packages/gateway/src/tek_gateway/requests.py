"""What clients ask for in either mode: frames to requests, and answers that need no session.

It must never let a frame end a connection.
"""

import logging
from typing import TypeVar

import msgspec

from tek_gateway.errors import StoreError
from tek_gateway.store import Store
from tek_protocol import DecodeError, decode
from tek_protocol.chat import ChatSend, ChatStop, Error, SessionList, SessionListRequest
from tek_protocol.session import Resume

R = TypeVar("R", bound=ChatSend | ChatStop | SessionListRequest | Resume)

SESSIONS_LIMIT = 1000
"""Sessions in a list, the newest ones: the list has to fit into one frame."""

ID_LIMIT = 200
"""Characters of a message's id: it comes back in every delta of the answer."""

REASON_LIMIT = 200
"""Characters of an error's text that may quote what a client sent."""

_logger = logging.getLogger(__name__)


def understood(frame: str | bytes, decoder: msgspec.json.Decoder[R]) -> R | Error:
    """Return the request in `frame`, or what its sender is told instead."""
    try:
        return _request(frame, decoder)
    except DecodeError as error:
        return Error("INVALID_MESSAGE", str(error)[:REASON_LIMIT])


async def listed(store: Store, request_id: str) -> SessionList | Error:
    """Return the answer to a `SessionListRequest`."""
    try:
        return SessionList(request_id, await store.sessions(SESSIONS_LIMIT))
    except StoreError as error:
        _logger.error("the store failed: %s", error)  # noqa: TRY400 - no traceback is needed
        return Error("STORE_FAILED", "the gateway could not read its sessions", request_id)


def _request(frame: str | bytes, decoder: msgspec.json.Decoder[R]) -> R:
    if isinstance(frame, bytes):
        reason = "a frame must hold text, and this one is binary"
        raise DecodeError(reason)
    message = decode(frame, decoder)
    if not 1 <= len(message.id) <= ID_LIMIT:
        reason = f"an `id` has from 1 to {ID_LIMIT} characters"
        raise DecodeError(reason)
    return message
