"""How much the gateway takes from its clients. It must never know one of them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ServerLimits:
    """What each option of the command line is unless it is told otherwise.

    `*_each` and the other counts of what a principal has are for each principal; times are in
    seconds. What is beyond one is answered with the error that stands beside it.
    """

    connections: int = 1000  # 503
    connections_each: int = 800  # 429
    sessions: int = 10_000  # SESSIONS_FULL
    session_bytes: int = 64 * 2**20  # SESSION_FULL
    turns: int = 1000  # TURNS_FULL; with resumption messages wait for their turns
    requests: int = 6000  # RATE_LIMITED; a minute
    handshake: float = 10.0  # the connection is cut
    idle: float = 86_400.0  # the connection is closed


@dataclass(frozen=True, slots=True)
class Retention:
    """What is kept of sessions in which no turn is owed, in seconds and bytes; None: all."""

    age: float | None = None
    size: int | None = None
