"""The listening socket: paths, handshakes and an end for every connection.

It must never know what the clients and the gateway say to each other.
"""

import asyncio
import errno
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from ipaddress import ip_address
from itertools import count
from ssl import SSLContext
from time import monotonic
from typing import TypeAlias

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from tek_gateway.errors import CannotStart
from tek_gateway.limits import ServerLimits
from tek_gateway.metrics import Metrics
from tek_gateway.serve.access import Tokens
from tek_gateway.serve.peer import Peer, peers_kept_in
from tek_gateway.serve.principals import ClientConnection, Principals
from tek_protocol.envelope import FRAME_LIMIT, PATH, SUBPROTOCOL_PLAIN, SUBPROTOCOL_RESUME

STOP_GRACE = 0.4
"""Seconds that clients have to answer a close before they are cut off."""

RETRY_AFTER = 5
"""Seconds that a client is told to stay away when there is no room for it."""

SHAKING_LIMIT = 256
"""Connections beyond those that may be open, to begin a handshake or to be turned away."""

SWEEP_DELAY = 30.0
"""Seconds, at most, between two looks for idle connections."""

SPOKEN = (SUBPROTOCOL_RESUME, SUBPROTOCOL_PLAIN)
"""The subprotocols that are selected, the preferred one first."""

_FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Real-IP")
_IDLE = "nothing was said for too long"

_logger = logging.getLogger(__name__)
_quiet = logging.getLogger("tek_gateway.websockets")
# The library logs a traceback for every broken handshake: a port scan would fill the log.
_quiet.setLevel(logging.CRITICAL + 1)

Talk: TypeAlias = Callable[[ServerConnection, ClientConnection], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class HttpPage:
    """What an address for people and programs that watch the gateway answers."""

    text: str
    content_type: str = "application/json"
    status: int = 200


@dataclass(frozen=True, slots=True)
class PageRequester:
    """Whoever asks for a page, and how many `connections` there are.

    `is_trusted` says that it may know everything.
    """

    is_trusted: bool
    connections: int


Pages: TypeAlias = Callable[[str, PageRequester], Awaitable[HttpPage | None]]
"""Returns the page at a path, if there is one."""


@dataclass(frozen=True, slots=True)
class ListenAddress:
    """Where a gateway listens, and how it is reached there."""

    host: str
    port: int
    tls: SSLContext | None = None
    is_behind_proxy: bool = False


@dataclass(frozen=True, slots=True)
class ServerConfig:
    """What the door leads to, and whom it lets in."""

    talk: Talk
    pages: Pages
    place: ListenAddress
    tokens: Tokens = field(default_factory=Tokens)
    limits: ServerLimits = field(default_factory=ServerLimits)
    metrics: Metrics = field(default_factory=Metrics)
    spoken: Sequence[str] = SPOKEN


class Handshake:
    """Decides who comes in, and in which subprotocol."""

    def __init__(self, house: ServerConfig) -> None:
        self._house = house
        self._guests = Principals(house.limits)
        self._visits: dict[ServerConnection, ClientConnection] = {}
        self._numbers = count(1)

    @property
    def connections(self) -> int:
        """Return how many clients are in."""
        return len(self._visits)

    async def answer_http(self, socket: ServerConnection, request: Request) -> Response | None:
        """Answer a request that is no handshake with the gateway; None lets it in."""
        path = request.path.partition("?")[0]
        principal = self._house.tokens.principal(request.headers.get_all("Authorization"))
        if path == PATH:
            return self._admit(socket, request, principal)
        watcher = PageRequester(self._is_trusted(socket, request, principal), self.connections)
        page = await self._house.pages(path, watcher)
        if page is None:
            return socket.respond(404, f"Nothing is here. The gateway is at {PATH}.\n")
        response = socket.respond(page.status, page.text)
        del response.headers["Content-Type"]
        response.headers["Content-Type"] = page.content_type
        return response

    def select(
        self, _socket: ServerConnection, offered: Sequence[Subprotocol]
    ) -> Subprotocol | None:
        """Return the best of the subprotocols that a client offers, if any is spoken."""
        return next((Subprotocol(each) for each in self._house.spoken if each in offered), None)

    async def meet(self, socket: ServerConnection) -> None:
        """Talk to one client and log its coming and going."""
        visit = self._visits.get(socket)
        if visit is None:  # gone since it was let in
            return
        number = next(self._numbers)
        known: dict[str, object] = {"connection": number, "principal": visit.principal}
        _logger.info(
            "connection %d opened, subprotocol %s", number, socket.subprotocol, extra=known
        )
        self._house.metrics.connections[socket.subprotocol or "none"] += 1
        try:
            await self._house.talk(socket, visit)
        except Exception:
            _logger.exception("connection %d broke", number, extra=known)
            raise
        finally:
            known["code"] = socket.close_code
            _logger.info("connection %d closed, code %s", number, socket.close_code, extra=known)

    def left(self, socket: ServerConnection) -> None:
        """Note that a TCP connection has ended, let in or not."""
        if (visit := self._visits.pop(socket, None)) is not None:
            visit.end()

    async def sweep(self) -> None:
        """Close connections over which nothing was said for too long, for ever."""
        limit = self._house.limits.idle
        while True:
            await asyncio.sleep(min(limit / 4, SWEEP_DELAY))
            past = monotonic() - limit
            idle = [socket for socket, visit in self._visits.items() if visit.at < past]
            await asyncio.gather(*(socket.close(reason=_IDLE) for socket in idle))

    def _admit(
        self, socket: ServerConnection, request: Request, principal: str | None
    ) -> Response | None:
        if self._is_forwarded(request):
            return self._refused(socket, 403, "A gateway behind a proxy needs --behind-proxy.\n")
        if principal is None:
            return self._refused(socket, 401, "A token is needed that this gateway knows.\n")
        if self.connections >= self._house.limits.connections:
            reason = "There are as many connections as there may be.\n"
            return self._refused(socket, 503, reason)
        visit = self._guests.receive(principal)
        if visit is None:
            return self._refused(socket, 429, "You have as many connections as you may.\n")
        self._visits[socket] = visit
        return None

    def _refused(self, socket: ServerConnection, status: int, reason: str) -> Response:
        self._house.metrics.refusals[str(status)] += 1
        response = socket.respond(status, reason)
        if status == 401:  # noqa: PLR2004 - the status of a missing token
            response.headers["WWW-Authenticate"] = "Bearer"
        elif status != 403:  # noqa: PLR2004 - the status of what is forbidden for good
            response.headers["Retry-After"] = str(RETRY_AFTER)
        return response

    def _is_forwarded(self, request: Request) -> bool:
        """Return whether somebody else stands behind whoever seems to be on this machine."""
        if self._house.tokens.names or self._house.place.is_behind_proxy:
            return False
        return any(name in request.headers for name in _FORWARDED)

    def _is_trusted(
        self, socket: ServerConnection, request: Request, principal: str | None
    ) -> bool:
        if self._house.tokens.names and principal is not None:
            return True
        if self._house.place.is_behind_proxy or self._is_forwarded(request):
            return False
        return is_loopback(str(socket.remote_address[0]))


@asynccontextmanager
async def listening(
    door: Handshake, place: ListenAddress, limits: ServerLimits
) -> AsyncGenerator[int]:
    """Listen at `place` and return the port, a free one for 0; at the end close every connection.

    Raises `CannotStart` if the address cannot be had.
    """
    peers: set[Peer] = set()
    try:
        server = await serve(
            door.meet,
            place.host,
            place.port,
            # A page in a browser can reach this port, and always says where it comes from.
            origins=[None],
            select_subprotocol=door.select,
            compression=None,
            process_request=door.answer_http,
            open_timeout=limits.handshake,
            max_size=FRAME_LIMIT,
            close_timeout=STOP_GRACE,
            logger=_quiet,
            create_connection=peers_kept_in(peers, limits.connections + SHAKING_LIMIT, door.left),
            ssl=place.tls,
            ssl_handshake_timeout=None if place.tls is None else limits.handshake,
        )
    except (OSError, ValueError) as error:  # ValueError: a host that cannot be a name
        raise CannotStart(_why_not(place.host, place.port, error)) from error
    sweeping = asyncio.create_task(door.sweep())
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        sweeping.cancel()
        await asyncio.gather(sweeping, return_exceptions=True)
        await _see_out(server, peers)


def is_loopback(host: str) -> bool:
    """Return whether only this machine reaches `host`."""
    try:
        return ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return host == "localhost"


async def _see_out(server: Server, peers: set[Peer]) -> None:
    loop = asyncio.get_running_loop()
    for listener in server.sockets:
        loop.remove_reader(listener)
    # What was just accepted gets its task, its transport and its place in `peers`, a turn of the
    # loop each. A server that closes in between would leave its socket open, in Python 3.11.
    for _ in range(3):
        await asyncio.sleep(0)
    server.close()
    with suppress(TimeoutError):
        async with asyncio.timeout(STOP_GRACE):
            await server.wait_closed()
    while peers:
        for peer in peers:
            peer.transport.abort()
        await asyncio.sleep(0)
    for handler in server.handler_tasks:  # some may still be taking in what their client had sent
        handler.cancel()
    await server.wait_closed()


def _why_not(host: str, port: int, error: Exception) -> str:
    if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
        return (
            f"port {port} on {host} is in use: stop what listens there, or choose another port"
            " with --port (0 takes any free one)"
        )
    return f"cannot listen at {host} port {port}: {error}"
