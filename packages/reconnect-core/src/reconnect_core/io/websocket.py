"""Opening a WebSocket, and what its errors mean. The only module that imports `websockets`.

Retries are not made here: the `Supervisor` makes them.
"""

import asyncio
import errno
import logging
import re
import socket
import ssl
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import singledispatch
from http import HTTPStatus

import websockets.exceptions as ws
from websockets.asyncio.client import ClientConnection, connect
from websockets.protocol import State
from websockets.typing import Subprotocol

from reconnect_core.io.link import Call, DialFailed, Link, LinkLost
from reconnect_core.rules.address import EXPECTED, is_loopback
from reconnect_core.rules.verdict import LONGEST_WAIT, Cause, Failure

NO_CLOSE_FRAME = 1006
_QUEUED_FRAMES = 256
_NOT_TLS = frozenset(
    {"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE", "UNKNOWN_PROTOCOL"}
)
_REASONS = {
    errno.ECONNREFUSED: "connection refused",
    errno.ECONNRESET: "connection reset",
    errno.EHOSTUNREACH: "host unreachable",
    errno.ENETUNREACH: "network unreachable",
}

# At DEBUG `websockets` logs the headers of the handshake, including the token. The level saves
# the work, and the filter applies even if a program sets another level.
_LOGGER = logging.getLogger("reconnect_core.websockets")
_LOGGER.setLevel(logging.INFO)
_LOGGER.addFilter(lambda record: record.levelno >= logging.INFO)

_refuses_offers: set[str] = set()
"""Addresses that answered 400 to an offer of subprotocols since this process started."""


class _Connect(connect):
    """Follows no redirect, so that the token is sent only to the host that the user named."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


async def dial(call: Call) -> Link:
    """Open a link within `call.timeout` seconds, or raise `DialFailed`.

    If a gateway answers 400 to the offer of subprotocols, it is dialled once more without it.
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
    except (OSError, ws.WebSocketException, ValueError, ImportError) as error:
        raise DialFailed(explain(error)) from error


async def _open(call: Call, offers: Sequence[str]) -> ClientConnection:
    near = is_loopback(call.url)
    return await _Connect(
        call.url,
        subprotocols=[Subprotocol(name) for name in offers] or None,
        additional_headers={"Authorization": f"Bearer {call.token}"} if call.token else None,
        compression=None if near else "deflate",
        proxy=None if near else True,
        open_timeout=None,  # `dial` limits both tries together
        ping_interval=None,  # `LinkWatch` pings
        close_timeout=1,
        max_size=call.frame_limit,
        max_queue=_QUEUED_FRAMES,
        logger=_LOGGER,
    )


class WebSocketLink:
    """A `Link` over `websockets`."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection

    @property
    def subprotocol(self) -> str | None:
        """The subprotocol that the gateway selected."""
        return self._connection.subprotocol

    @property
    def is_open(self) -> bool:
        """Whether neither side has started to close."""
        return self._connection.state is State.OPEN

    async def send(self, text: str) -> None:
        """Write one text frame."""
        try:
            await self._connection.send(text)
        except ws.ConnectionClosed as error:
            raise LinkLost(explain(error)) from error

    async def receive(self) -> str | bytes:
        """Return the next frame."""
        try:
            return await self._connection.recv()
        except ws.ConnectionClosed as error:
            raise LinkLost(explain(error)) from error

    async def ping(self) -> None:
        """Send a ping; return when its pong arrives."""
        try:
            await (await self._connection.ping())
        except ws.ConnectionClosed as error:
            raise LinkLost(explain(error)) from error

    async def close(self) -> None:
        """Close with the closing handshake."""
        await self._connection.close()

    def abort(self) -> None:
        """Drop the TCP connection at once."""
        self._connection.transport.abort()


@singledispatch
def explain(error: Exception) -> Failure:
    """Return what an exception of the network or of `websockets` means."""
    return Failure(Cause.NOT_WEBSOCKET, f"no WebSocket server: {error}")


@explain.register(OSError)
def _(error: OSError) -> Failure:
    # For several addresses asyncio has one text: Multiple exceptions: [Errno 111] …
    found = re.search(r"Errno (\d+)", str(error))
    number = error.errno or (int(found[1]) if found else 0)
    plain = error.strerror or str(error) or type(error).__name__
    return Failure(Cause.NETWORK, _REASONS.get(number, plain))


@explain.register(socket.gaierror)
def _(_error: socket.gaierror) -> Failure:
    return Failure(Cause.NETWORK, "host not found")


@explain.register(TimeoutError)
def _(_error: TimeoutError) -> Failure:
    return Failure(Cause.TIMEOUT, "no answer in time")


@explain.register(ssl.SSLError)
def _(error: ssl.SSLError) -> Failure:
    if error.reason in _NOT_TLS:
        return Failure(Cause.NOT_WEBSOCKET, "the gateway speaks no TLS; try ws://")
    return Failure(Cause.TLS, f"TLS handshake failed: {error.reason or 'connection closed'}")


@explain.register(ssl.SSLCertVerificationError)
def _(error: ssl.SSLCertVerificationError) -> Failure:
    return Failure(Cause.CERTIFICATE, f"certificate not trusted: {error.verify_message}")


@explain.register(ws.InvalidURI)
def _(_error: ws.InvalidURI) -> Failure:
    return Failure(Cause.ADDRESS, f"not a WebSocket address; {EXPECTED}")


@explain.register(ws.InvalidMessage)
def _(error: ws.InvalidMessage) -> Failure:
    if isinstance(error.__cause__, EOFError):
        return Failure(Cause.NETWORK, "the connection was closed during the handshake")
    return Failure(Cause.NOT_WEBSOCKET, "no WebSocket server: the answer is not HTTP")


@explain.register(ws.ProxyError)
def _(error: ws.ProxyError) -> Failure:
    return Failure(Cause.NETWORK, f"the proxy failed: {error}")


@explain.register(ImportError)
@explain.register(ws.InvalidProxy)
def _(error: Exception) -> Failure:
    # The text of InvalidProxy contains the proxy's address, perhaps with its password.
    missing = isinstance(error, ImportError)
    detail = "a SOCKS proxy needs python-socks" if missing else "the proxy's address is malformed"
    return Failure(Cause.PROXY, detail)


@explain.register(ws.ConnectionClosed)
def _(error: ws.ConnectionClosed) -> Failure:
    # This side closes only when the peer breaks the protocol, for example by too large a frame.
    if error.sent is not None and not error.rcvd_then_sent:
        return Failure(
            Cause.CLOSED, f"the gateway broke the protocol: {error.sent}", code=NO_CLOSE_FRAME
        )
    if error.rcvd is None:
        return Failure(Cause.CLOSED, "the connection was lost", code=NO_CLOSE_FRAME)
    reason = f": {error.rcvd.reason}" if error.rcvd.reason else ""
    detail = f"the gateway closed the connection ({error.rcvd.code}{reason})"
    return Failure(Cause.CLOSED, detail, code=error.rcvd.code)


@explain.register(ws.InvalidStatus)
def _(error: ws.InvalidStatus) -> Failure:
    status = error.response.status_code
    names = {each.value: f" {each.phrase}" for each in HTTPStatus}
    asked = error.response.headers.get_all("Retry-After")
    detail = f"HTTP {status}{names.get(status, '')}"
    wait = max(map(_seconds, asked), default=0.0)
    return Failure(Cause.HTTP, detail, status=status, retry_after=wait)


def _seconds(retry_after: str) -> float:
    """Return the seconds of a Retry-After header, a number or a date (RFC 9110, 10.2.3)."""
    try:
        wait = float(retry_after)
    except ValueError:
        try:
            wait = (parsedate_to_datetime(retry_after) - datetime.now(UTC)).total_seconds()
        except (ValueError, TypeError, OverflowError):  # Not a date, or one without a time zone.
            wait = 0.0
    return min(max(0.0, wait), LONGEST_WAIT)  # In this order "nan" becomes 0.
