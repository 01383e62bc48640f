"""What a connection needs to know of any message, and nothing about its meaning.

It must never learn what a chat is: that belongs in `chat.py`.
"""

import msgspec

SUBPROTOCOL_PLAIN = "tek.v1"
"""The WebSocket subprotocol without resumption; a gateway that selects none speaks it too."""

PATH = "/gateway"
"""Where on its host a gateway listens for WebSocket handshakes."""

DEFAULT_PORT = 3271

FRAME_LIMIT = 1_048_576
"""The largest frame, in bytes, that either side accepts; a larger one closes with code 1009."""

TURN_TYPES = frozenset({"chat.send"})
"""Client messages that start a turn. Plain mode runs one turn of a session at a time."""

ENDING_TYPES = frozenset({"chat.stream.end", "error"})
"""Gateway messages that end the turn which their `requestId` names."""


class Envelope(msgspec.Struct, frozen=True, rename="camel"):
    """The part of a message that routes it; every field but `type` may be missing.

    `id` names the message itself and `request_id` the message that it answers. `code` and
    `message` are those of an `error`.
    """

    type: str = ""
    id: str | None = None
    request_id: str | None = None
    session_id: str | None = None
    code: str | None = None
    message: str | None = None
