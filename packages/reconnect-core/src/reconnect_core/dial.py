"""One WebSocket: opening it, and what its errors mean. The only import of `websockets`.

It must never try twice for the sake of the network: that is the connection loop's work.
"""

import asyncio
import ipaddress
import logging
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import singledispatch
from http import HTTPStatus
from typing import Protocol
from urllib.parse import urlsplit

import websockets.exceptions as ws
from websockets.asyncio.client import ClientConnection, connect
from websockets.protocol import State
from websockets.typing import Subprotocol

from reconnect_core.errors import InvalidURL
from reconnect_core.verdict import Cause, Failure

EXPECTED = "expected ws://HOST[:PORT]/PATH or wss://…, for example ws://127.0.0.1:3271/gateway"
NO_CLOSE_FRAME = 1006
_QUEUED_FRAMES = 256
_NOT_TLS = frozenset({"WRONG_VERSION_NUMBER", "HTTP_REQUEST"})

_LOGGER = logging.getLogger("reconnect_core.websockets")
_LOGGER.setLevel(logging.INFO)  # at DEBUG the handshake's headers, and so the token, are logged

_LONGEST_RETRY_AFTER = 3_600.0
"""Seconds; a slip in a gateway's Retry-After shall not park its clients for days."""

_refuses_offers: set[str] = set()
"""Addresses that answered 400 to an offer of subprotocols, while this process lives."""


class DialFailed(Exception):
    """No link was opened."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.detail)
        self.failure = failure


class LinkLost(Exception):
    """The link is gone."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.detail)
        self.failure = failure


@dataclass(frozen=True, slots=True)
class Call:
    """What to dial. `token` goes into the Authorization header and nowhere else."""

    url: str
    token: str | None = field(default=None, repr=False)
    offers: Sequence[str] = ()
    frame_limit: int = 2**20
    timeout: float = 10.0


class Link(Protocol):
    """One open WebSocket. Every method but `abort` raises `LinkLost`."""

    @property
    def is_open(self) -> bool:
        """Whether a frame can still be written, as far as this side knows."""
        ...

    async def send(self, text: str) -> None:
        """Write one text frame."""
        ...

    async def receive(self) -> str | bytes:
        """Return the next frame: text, or bytes for a binary one."""
        ...

    async def ping(self) -> None:
        """Return when the peer has answered a ping."""
        ...

    async def close(self) -> None:
        """Close with the closing handshake."""
        ...

    def abort(self) -> None:
        """Drop the TCP connection at once."""
        ...


def check_url(url: str) -> str:
    """Return HOST:PORT of a WebSocket URL; raises `InvalidURL` for what can never be dialled.

    User names and passwords are refused: an address ends up in logs and on screens.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        message = f"not an address: {error}; {EXPECTED}"
        raise InvalidURL(message) from error
    if parts.username is not None or parts.password is not None:
        message = f"an address holds no user name or password, use a token; {EXPECTED}"
        raise InvalidURL(message)
    if parts.scheme not in {"ws", "wss"} or not parts.hostname or parts.fragment or port == 0:
        message = f"not a WebSocket address: {url!r}; {EXPECTED}"
        raise InvalidURL(message)
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{host}:{port or (443 if parts.scheme == 'wss' else 80)}"


def is_loopback(url: str) -> bool:
    """Return whether `url` names this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


class _Connect(connect):
    """Follows no redirect: a token goes to the host that the user named."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


async def dial(call: Call) -> Link:
    """Open a link within `call.timeout` seconds, or raise `DialFailed`.

    A gateway that answers 400 to the offer of subprotocols is asked once more without it.
    """
    offers = () if call.url in _refuses_offers else call.offers
    try:
        async with asyncio.timeout(call.timeout):
            try:
                return WebSocketLink(await _open(call, offers))
            except ws.InvalidStatus as error:
                if not offers or error.response.status_code != HTTPStatus.BAD_REQUEST:
                    raise
            link = WebSocketLink(await _open(call, ()))
            _refuses_offers.add(call.url)
            return link
    except (OSError, ws.WebSocketException, ValueError) as error:
        raise DialFailed(explain(error)) from error


async def _open(call: Call, offers: Sequence[str]) -> ClientConnection:
    near = is_loopback(call.url)
    return await _Connect(
        call.url,
        subprotocols=[Subprotocol(name) for name in offers] or None,
        additional_headers={"Authorization": f"Bearer {call.token}"} if call.token else None,
        compression=None if near else "deflate",
        proxy=None if near else True,
        open_timeout=None,  # the caller's timeout covers both tries
        ping_interval=None,  # the heartbeat is the connection loop's
        close_timeout=1,
        max_size=call.frame_limit,
        max_queue=_QUEUED_FRAMES,
        logger=_LOGGER,
    )


class WebSocketLink:
    """A `Link` over `websockets`."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket

    @property
    def is_open(self) -> bool:
        """Whether neither side has begun to close."""
        return self._socket.state is State.OPEN

    async def send(self, text: str) -> None:
        """Write one text frame."""
        try:
            await self._socket.send(text)
        except ws.ConnectionClosed as error:
            raise LinkLost(explain(error)) from error

    async def receive(self) -> str | bytes:
        """Return the next frame."""
        try:
            return await self._socket.recv()
        except ws.ConnectionClosed as error:
            raise LinkLost(explain(error)) from error

    async def ping(self) -> None:
        """Send a ping and return when its pong is here."""
        try:
            await (await self._socket.ping())
        except ws.ConnectionClosed as error:
            raise LinkLost(explain(error)) from error

    async def close(self) -> None:
        """Close with the closing handshake."""
        await self._socket.close()

    def abort(self) -> None:
        """Drop the TCP connection at once."""
        self._socket.transport.abort()


@singledispatch
def explain(error: Exception) -> Failure:
    """Return what an exception of the network or of `websockets` means."""
    return Failure(Cause.NETWORK, _plain(error))


@explain.register(TimeoutError)
def _(_error: TimeoutError) -> Failure:
    return Failure(Cause.TIMEOUT, "no answer in time")


@explain.register(ssl.SSLError)
def _(error: ssl.SSLError) -> Failure:
    if error.reason in _NOT_TLS:
        return Failure(Cause.NOT_WEBSOCKET, "the gateway speaks no TLS; try ws://")
    return Failure(Cause.TLS, f"TLS handshake failed: {error.reason}")


@explain.register(ssl.SSLCertVerificationError)
def _(error: ssl.SSLCertVerificationError) -> Failure:
    return Failure(Cause.CERTIFICATE, f"certificate not trusted: {error.verify_message}")


@explain.register(InvalidURL)
@explain.register(ws.InvalidURI)
def _(_error: Exception) -> Failure:
    return Failure(Cause.ADDRESS, f"not a WebSocket address; {EXPECTED}")


@explain.register(ValueError)
@explain.register(ws.WebSocketException)
def _(error: Exception) -> Failure:
    return Failure(Cause.NOT_WEBSOCKET, f"no WebSocket server: {error}")


@explain.register(ws.InvalidMessage)
def _(error: ws.InvalidMessage) -> Failure:
    if isinstance(error.__cause__, EOFError):
        return Failure(Cause.NETWORK, "the connection was closed during the handshake")
    return Failure(Cause.NOT_WEBSOCKET, "no WebSocket server: the answer is no HTTP")


@explain.register(ws.ProxyError)
def _(error: ws.ProxyError) -> Failure:
    return Failure(Cause.NETWORK, f"the proxy failed: {error}")


@explain.register(ws.ConnectionClosed)
def _(error: ws.ConnectionClosed) -> Failure:
    # A close that this side began means that the peer broke the protocol, a frame too large say.
    if error.sent is not None and not error.rcvd_then_sent:
        return Failure(
            Cause.CLOSED, f"the gateway broke the protocol: {error.sent}", code=NO_CLOSE_FRAME
        )
    if error.rcvd is None:
        return Failure(Cause.CLOSED, "the connection broke off", code=NO_CLOSE_FRAME)
    reason = f": {error.rcvd.reason}" if error.rcvd.reason else ""
    detail = f"the gateway closed the connection ({error.rcvd.code}{reason})"
    return Failure(Cause.CLOSED, detail, code=error.rcvd.code)


@explain.register(ws.InvalidStatus)
def _(error: ws.InvalidStatus) -> Failure:
    status = error.response.status_code
    names = {each.value: f" {each.phrase}" for each in HTTPStatus}
    wait = _seconds(error.response.headers.get("Retry-After", ""))
    detail = f"HTTP {status}{names.get(status, '')}"
    return Failure(Cause.HTTP, detail, status=status, retry_after=wait)


def _seconds(retry_after: str) -> float:
    """Return the wait that a Retry-After header asks for: seconds or a date (RFC 9110, 10.2.3)."""
    try:
        wait = float(retry_after)
    except ValueError:
        try:
            wait = (parsedate_to_datetime(retry_after) - datetime.now(UTC)).total_seconds()
        except (ValueError, TypeError):  # no date, or one without a time zone
            wait = 0.0
    return min(max(wait, 0.0), _LONGEST_RETRY_AFTER)


def _plain(error: Exception) -> str:
    """Return an OSError's reason without the address, which the UI shows anyway."""
    for reason in ("refused", "reset", "unreachable", "not known"):
        if reason in str(error).lower() or reason in type(error).__name__.lower():
            return {"not known": "host not found"}.get(reason, f"connection {reason}")
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
