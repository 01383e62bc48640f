"""Retry or block: what to do after a failed attempt or a lost connection.

Pure: a `Failure` in, a verdict out.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias


class Cause(StrEnum):
    """Why there is no connection."""

    NETWORK = "network"  # refused, reset, unreachable, no such host
    TIMEOUT = "timeout"
    TLS = "tls"  # the TLS handshake failed
    HALF_OPEN = "half-open"  # the peer stopped answering
    HTTP = "http"  # answered the handshake with another status than 101
    CLOSED = "closed"
    CERTIFICATE = "certificate"
    NOT_WEBSOCKET = "not-websocket"
    PROXY = "proxy"
    PROVIDER = "provider"  # the provider of the address or the token reports a permanent error
    ADDRESS = "address"
    INTERNAL = "internal"


@dataclass(frozen=True, slots=True)
class Failure:
    """One failed attempt or lost connection.

    `detail` is for people and contains no secret. `status` is an HTTP status, and `code` a
    WebSocket close code: 1005 when the peer gave none, 1006 when it sent no close frame.
    `retry_after` is the shortest wait in seconds that the gateway asked for, and `spread` the
    seconds over which it wants its clients to spread out after that.
    """

    cause: Cause
    detail: str
    status: int | None = None
    code: int | None = None
    retry_after: float = 0.0
    spread: float = 0.0


@dataclass(frozen=True, slots=True)
class Retry:
    """Wait as the backoff says, but at least `at_least` seconds plus a random part of `spread`."""

    at_least: float = 0.0
    spread: float = 0.0


@dataclass(frozen=True, slots=True)
class AskAgain:
    """Dial at once, with the token that the provider returns now."""


@dataclass(frozen=True, slots=True)
class Block:
    """A retry is unlikely to help; `mend` is what the user can do."""

    mend: str


Verdict: TypeAlias = Retry | AskAgain | Block

CLOSED_HERE = Failure(Cause.CLOSED, "closed here")

LONGEST_WAIT = 3_600.0
"""Seconds; so a gateway that asks for too long a wait does not stop its clients for days."""

TOO_LARGE = 1009
"""The WebSocket close code for a frame that is too large (RFC 6455, 7.4.1)."""

_REFUSED_STATUS = frozenset({401, 403})
_REFUSED_CODES = frozenset({4401, 4403})
_PASSING_STATUS = frozenset({408, 425, 429})
_SERVER_ERROR = 500
_MENDS = {
    Cause.CERTIFICATE: "check the address and the certificate of the gateway",
    Cause.NOT_WEBSOCKET: "check host, port and path; a gateway answers WebSocket handshakes there",
    Cause.PROXY: "check the proxy settings of this machine",
    Cause.PROVIDER: "put right what the reason names",
    Cause.ADDRESS: "correct the address",
}


def is_refusal(failure: Failure) -> bool:
    """Return whether the gateway rejected the token, at the handshake or later."""
    return failure.status in _REFUSED_STATUS or failure.code in _REFUSED_CODES


def judge(failure: Failure, *, refused_before: bool) -> Verdict:
    """Return what to do after `failure`.

    `refused_before` says that the gateway rejected the token at the attempt before as well: the
    token provider is asked a second time, but not again and again.
    """
    if is_refusal(failure):
        return Block("enter a token that the gateway accepts") if refused_before else AskAgain()
    if failure.cause in _MENDS:
        return Block(_MENDS[failure.cause])
    if failure.cause is Cause.HTTP and not _passes(failure.status or 0):
        return Block(_MENDS[Cause.NOT_WEBSOCKET])
    return Retry(failure.retry_after, failure.spread)


def _passes(status: int) -> bool:
    return status in _PASSING_STATUS or status >= _SERVER_ERROR
