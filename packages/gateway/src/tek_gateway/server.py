"""The listening socket: paths, handshakes and an end for every connection.

It must never know what the clients and the gateway say to each other.
"""

import asyncio
import errno
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from itertools import count
from typing import TypeAlias

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from tek_gateway.errors import CannotStart
from tek_gateway.peer import Peer, peers_kept_in
from tek_protocol import encode
from tek_protocol.session import FRAME_LIMIT, PATH, SUBPROTOCOL_PLAIN, SUBPROTOCOL_RESUME

HEALTH_PATH = "/health"

STOP_GRACE = 0.4
"""Seconds that clients have to answer a close before they are cut off."""

RETRY_AFTER = 5
"""Seconds that a client is told to stay away when there is no room for it."""

SPOKEN = (SUBPROTOCOL_RESUME, SUBPROTOCOL_PLAIN)
"""The subprotocols that are selected, the preferred one first."""

_logger = logging.getLogger(__name__)
_quiet = logging.getLogger("tek_gateway.websockets")
# The library logs a traceback for every broken handshake: a port scan would fill the log.
_quiet.setLevel(logging.CRITICAL + 1)

Talk: TypeAlias = Callable[[ServerConnection], Awaitable[None]]
Health: TypeAlias = Callable[[], Awaitable[dict[str, object]]]


class Door:
    """Decides who comes in, no more than `limit`, in which of the `spoken` subprotocols."""

    def __init__(
        self, talk: Talk, health: Health, limit: int, spoken: Sequence[str] = SPOKEN
    ) -> None:
        self._talk = talk
        self._health = health
        self._limit = limit
        self._spoken = spoken
        self._numbers = count(1)
        self.connections = 0

    async def answer_http(self, socket: ServerConnection, request: Request) -> Response | None:
        """Answer a request that is no handshake with the gateway; None lets it in."""
        path = request.path.partition("?")[0]
        if path == PATH:
            return None if self.connections < self._limit else _no_room(socket)
        if path == HEALTH_PATH:
            response = socket.respond(200, encode(await self._health()))
            del response.headers["Content-Type"]
            response.headers["Content-Type"] = "application/json"
            return response
        return socket.respond(404, f"Nothing is here. The gateway is at {PATH}.\n")

    def select(
        self, _socket: ServerConnection, offered: Sequence[Subprotocol]
    ) -> Subprotocol | None:
        """Return the best of the subprotocols that a client offers, if any is spoken."""
        return next((Subprotocol(each) for each in self._spoken if each in offered), None)

    async def meet(self, socket: ServerConnection) -> None:
        """Talk to one client and log its coming and going."""
        number = next(self._numbers)
        _logger.info("connection %d opened, subprotocol %s", number, socket.subprotocol)
        self.connections += 1
        try:
            await self._talk(socket)
        except Exception:
            _logger.exception("connection %d broke", number)
            raise
        finally:
            self.connections -= 1
            _logger.info("connection %d closed, code %s", number, socket.close_code)


@asynccontextmanager
async def listening(door: Door, host: str, port: int) -> AsyncGenerator[int]:
    """Listen at `host` and return the port, a free one for 0; at the end close every connection.

    Raises `CannotStart` if the address cannot be had.
    """
    peers: set[Peer] = set()
    try:
        server = await serve(
            door.meet,
            host,
            port,
            # A page in a browser can reach this port, and always says where it comes from.
            origins=[None],
            select_subprotocol=door.select,
            compression=None,
            process_request=door.answer_http,
            max_size=FRAME_LIMIT,
            close_timeout=STOP_GRACE,
            logger=_quiet,
            create_connection=peers_kept_in(peers),
        )
    except (OSError, ValueError) as error:  # ValueError: a host that cannot be a name
        raise CannotStart(_why_not(host, port, error)) from error
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        await _see_out(server, peers)


async def _see_out(server: Server, peers: set[Peer]) -> None:
    server.close()
    with suppress(TimeoutError):
        async with asyncio.timeout(STOP_GRACE):
            await server.wait_closed()
    for peer in peers:
        peer.transport.abort()
    for handler in server.handler_tasks:  # some may still be taking in what their client had sent
        handler.cancel()
    await server.wait_closed()


def _no_room(socket: ServerConnection) -> Response:
    response = socket.respond(503, "There are as many connections as there may be.\n")
    response.headers["Retry-After"] = str(RETRY_AFTER)
    return response


def _why_not(host: str, port: int, error: Exception) -> str:
    if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
        return (
            f"port {port} on {host} is in use: stop what listens there, or choose another port"
            " with --port (0 takes any free one)"
        )
    return f"cannot listen at {host} port {port}: {error}"
