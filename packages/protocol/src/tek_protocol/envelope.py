"""What a connection needs to know of any message, and nothing about its meaning.

It must never learn what a chat is: that belongs in `chat.py`.
"""

from typing import Literal, TypeAlias

import msgspec

SUBPROTOCOL_PLAIN = "tek.v1"
"""The WebSocket subprotocol without resumption; a gateway that selects none speaks it too."""

SUBPROTOCOL_RESUME = "tek.resume.v1"
"""The WebSocket subprotocol with resumption. It is offered second: some servers echo the first
offer without understanding it, and an echo of this name alone would prove nothing."""

PATH = "/gateway"
"""Where on its host a gateway listens for WebSocket handshakes."""

DEFAULT_PORT = 3271

FRAME_LIMIT = 1_048_576
"""The largest frame, in bytes, that either side accepts; a larger one closes with code 1009."""

TURN_TYPES = frozenset({"chat.send"})
"""Client messages that start a turn. Plain mode runs one turn of a session at a time."""

ENDING_TYPES = frozenset({"chat.stream.end", "error"})
"""Gateway messages that end the turn which their `requestId` names."""


class Envelope(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """The part of a message that routes it; every field but `type` may be missing.

    `id` names the message itself and `request_id` the message that it answers. `code` and
    `message` are those of an `error`. An entry of a session's log has its place, `seq`, and that
    of the entry before it, `prev`.
    """

    type: str = ""
    id: str | None = None
    request_id: str | None = None
    session_id: str | None = None
    code: str | None = None
    message: str | None = None
    seq: int | None = None
    prev: int | None = None


# ---- Resumption ------------------------------------------------------------------------------

Outcome: TypeAlias = Literal["new", "resumed", "reset", "lost"]
"""What became of the session that a client had; `reset` and `lost` start over from 0."""


class Resume(msgspec.Struct, frozen=True, rename="camel", tag_field="type", tag="session.resume"):
    """A client's first frame: the session that it had, and the last entry that it has applied."""

    id: str
    session_id: str | None
    cursor: int


class GatewayLimits(msgspec.Struct, frozen=True, rename="camel"):
    """What a gateway takes: a frame in bytes, and messages of one client that wait for a turn."""

    frame_bytes: int = FRAME_LIMIT
    outbox_messages: int = 1_000


class Resumed(msgspec.Struct, frozen=True, rename="camel", tag_field="type", tag="session.resumed"):
    """Answers a `Resume`. The entries after the cursor follow, up to `head` and live ones on."""

    request_id: str
    session_id: str
    outcome: Outcome
    head: int
    limits: GatewayLimits = GatewayLimits()


class GoAway(msgspec.Struct, frozen=True, rename="camel", tag_field="type", tag="gateway.goaway"):
    """The gateway stops soon. Wait `retry_after_ms` and up to `spread_ms` more, by chance."""

    reason: str = ""
    retry_after_ms: int = 0
    spread_ms: int = 0
