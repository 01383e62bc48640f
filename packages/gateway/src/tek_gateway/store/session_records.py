"""What a store keeps about a session: its record, its owed turns, and what a turn begins with."""

from collections.abc import Sequence
from dataclasses import dataclass

from tek_gateway.log.answer_folding import Standing
from tek_gateway.log.log_entries import Message

OWNER = "owner"
"""The principal of clients without a token, where no token is required, and of the token in the
environment."""


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """A conversation of `principal`; `created_at` is an ISO 8601 time in UTC."""

    session_id: str
    session_key: str
    model: str
    created_at: str
    principal: str = OWNER


@dataclass(frozen=True, slots=True)
class StaleSession:
    """A session that owes no turn; `used_at` is in seconds since 1970, `size` in bytes."""

    session_id: str
    used_at: float
    size: int


@dataclass(frozen=True, slots=True)
class OwedTurn:
    """An accepted message, at `seq` in its log, whose turn has not ended.

    `accepted_at` is in seconds since 1970. If `plain`, only the connection that brought the
    message can show the answer as it grows.
    """

    session_id: str
    seq: int
    request_id: str
    accepted_at: float
    plain: bool = False


@dataclass(frozen=True, slots=True)
class TurnContext:
    """What a turn needs to begin or continue; `model` is the requested one, "" for any."""

    prompt: str
    history: Sequence[Message]
    standing: Standing
    model: str = ""
