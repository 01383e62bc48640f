"""The frames of `tek.resume.v1` that bring a session back, and the notice of a planned stop."""

from typing import Literal, TypeAlias

import msgspec

from tek_protocol.envelope import FRAME_LIMIT

Outcome: TypeAlias = Literal["new", "resumed", "reset", "lost"]
"""What the gateway did with the session a client had. `reset` and `lost` start again from 0."""


class Resume(msgspec.Struct, frozen=True, rename="camel", tag_field="type", tag="session.resume"):
    """A client's first frame: the session it had, and the `seq` of the last entry it applied."""

    id: str
    session_id: str | None
    cursor: int


class GatewayLimits(msgspec.Struct, frozen=True, rename="camel"):
    """The largest frame in bytes, and how many messages of one client may wait for a turn."""

    frame_bytes: int = FRAME_LIMIT
    outbox_messages: int = 1_000


class Resumed(msgspec.Struct, frozen=True, rename="camel", tag_field="type", tag="session.resumed"):
    """Answers a `Resume`. The entries after the cursor follow, up to `head`, and then live ones."""

    request_id: str
    session_id: str
    outcome: Outcome
    head: int
    limits: GatewayLimits = GatewayLimits()


class GoAway(msgspec.Struct, frozen=True, rename="camel", tag_field="type", tag="gateway.goaway"):
    """The gateway stops soon. Wait `retry_after_ms`, plus a random part of `spread_ms`."""

    reason: str = ""
    retry_after_ms: int = 0
    spread_ms: int = 0
