"""Limits on what clients may use, and on how long sessions are kept."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ServerLimits:
    """The limits and their defaults; the comments name the error beyond each.

    `connections_each`, `sessions` and `requests` are for each principal. Times are in seconds.
    """

    connections: int = 1000  # 503
    connections_each: int = 800  # 429
    sessions: int = 10_000  # SESSIONS_FULL
    session_bytes: int = 64 * 2**20  # SESSION_FULL
    turns: int = 1000  # TURNS_FULL in plain mode; in resume mode messages wait
    requests: int = 6000  # a minute; RATE_LIMITED
    handshake: float = 10.0  # the connection is aborted
    idle: float = 86_400.0  # the connection is closed


@dataclass(frozen=True, slots=True)
class Retention:
    """Which sessions are kept that owe no turn, by seconds and bytes; None keeps all."""

    age: float | None = None
    size: int | None = None
