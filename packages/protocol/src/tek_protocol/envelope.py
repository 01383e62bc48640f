"""The fields that route a message, whatever it means, and the constants of the wire."""

import msgspec

SUBPROTOCOL_PLAIN = "tek.v1"
"""The WebSocket subprotocol without resumption; a gateway that selects none speaks it too."""

SUBPROTOCOL_RESUME = "tek.resume.v1"
"""The WebSocket subprotocol with resumption. Clients offer it second: some servers echo the first
offer without understanding it, and an echo of this name would prove nothing."""

PATH = "/gateway"
"""The URL path at which a gateway accepts WebSocket handshakes."""

DEFAULT_PORT = 3271

FRAME_LIMIT = 1_048_576
"""The largest frame, in bytes, that either side accepts; a larger one closes with code 1009."""


class Envelope(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """The part of a message that routes it; every field but `type` may be missing.

    `id` names the message itself and `request_id` the message that it answers. `code` and
    `message` are those of an `error`. An entry of a session's log has its sequence number,
    `seq`, and that of the entry before it, `prev`.
    """

    type: str = ""
    id: str | None = None
    request_id: str | None = None
    session_id: str | None = None
    code: str | None = None
    message: str | None = None
    seq: int | None = None
    prev: int | None = None
