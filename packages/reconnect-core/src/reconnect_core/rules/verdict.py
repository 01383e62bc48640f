"""Retry or stop: what a failed attempt or a lost connection asks for.

Pure: facts in, a verdict out. It must never wait, and must never look at an exception.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias


class Cause(StrEnum):
    """Why there is no connection."""

    NETWORK = "network"  # refused, reset, unreachable, no such host
    TIMEOUT = "timeout"
    TLS = "tls"  # the TLS handshake was broken off
    HALF_OPEN = "half-open"  # the peer stopped answering
    HTTP = "http"  # answered the handshake with another status than 101
    CLOSED = "closed"
    CERTIFICATE = "certificate"
    NOT_WEBSOCKET = "not-websocket"
    PROXY = "proxy"
    PROVIDER = "provider"  # whoever gives the address or the token says that it never will
    ADDRESS = "address"
    INTERNAL = "internal"


@dataclass(frozen=True, slots=True)
class Failure:
    """One failed attempt or lost connection.

    `detail` is for people and holds no secret. `status` is an HTTP status, `code` a WebSocket
    close code, 1005 when the peer gave none, 1006 when it sent no close frame. `retry_after` is
    the least wait in seconds that the gateway asked for, and `spread` up to how many more it
    wants its clients to be spread over.
    """

    cause: Cause
    detail: str
    status: int | None = None
    code: int | None = None
    retry_after: float = 0.0
    spread: float = 0.0


@dataclass(frozen=True, slots=True)
class Retry:
    """Wait by the backoff, and for `at_least` seconds and a chance part of `spread`."""

    at_least: float = 0.0
    spread: float = 0.0


@dataclass(frozen=True, slots=True)
class AskAgain:
    """Dial at once with whatever token the provider gives now."""


@dataclass(frozen=True, slots=True)
class Block:
    """The same again will hardly help; `mend` is what a person can do."""

    mend: str


Verdict: TypeAlias = Retry | AskAgain | Block

CLOSED_HERE = Failure(Cause.CLOSED, "closed here")

LONGEST_WAIT = 3_600.0
"""Seconds; a slip in what a gateway asks for shall not park its clients for days."""

TOO_LARGE = 1009
"""The WebSocket close code of a peer that got a larger frame than it takes."""

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
    """Return whether the gateway turned the token down, at the handshake or later."""
    return failure.status in _REFUSED_STATUS or failure.code in _REFUSED_CODES


def judge(failure: Failure, *, refused_before: bool) -> Verdict:
    """Return what `failure` asks for.

    `refused_before` says that the attempt just before this one was refused as well: a token
    provider gets one more chance, not an endless one.
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
