"""The HTTP handshake: which clients may connect, in which subprotocol, until they disconnect."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from itertools import count
from time import monotonic
from typing import TypeAlias

from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from tek_gateway.limits import ServerLimits
from tek_gateway.metrics import Metrics
from tek_gateway.serve.access import Tokens
from tek_gateway.serve.http_page import TOKEN_REQUIRED, FindPage, PageRequester
from tek_gateway.serve.listen_address import ListenAddress, is_loopback
from tek_gateway.serve.principals import ClientConnection, Principals
from tek_protocol.envelope import PATH, SUBPROTOCOL_PLAIN, SUBPROTOCOL_RESUME

RETRY_AFTER = 5
"""Seconds in `Retry-After` when a connection limit is reached."""

SWEEP_DELAY = 30.0
"""Seconds, at most, between two checks for idle connections."""

SUBPROTOCOLS = (SUBPROTOCOL_RESUME, SUBPROTOCOL_PLAIN)
"""The supported subprotocols, the preferred one first."""

_FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Real-IP")
_IDLE_REASON = "no traffic for too long"

_logger = logging.getLogger(__name__)

ServeClient: TypeAlias = Callable[[ServerConnection, ClientConnection], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class ServerConfig:
    """What the server serves, to whom, and within which limits."""

    serve_client: ServeClient
    find_page: FindPage
    address: ListenAddress
    tokens: Tokens = field(default_factory=Tokens)
    limits: ServerLimits = field(default_factory=ServerLimits)
    metrics: Metrics = field(default_factory=Metrics)
    subprotocols: Sequence[str] = SUBPROTOCOLS


class Handshake:
    """Admits clients and keeps track of those that are connected."""

    def __init__(self, config: ServerConfig) -> None:
        self._config = config
        self._principals = Principals(config.limits)
        self._clients: dict[ServerConnection, ClientConnection] = {}
        self._numbers = count(1)

    @property
    def connections(self) -> int:
        """Return how many clients are connected."""
        return len(self._clients)

    async def respond(self, socket: ServerConnection, request: Request) -> Response | None:
        """Respond to a request; None lets its WebSocket handshake continue."""
        path = request.path.partition("?")[0]
        principal = self._config.tokens.principal(request.headers.get_all("Authorization"))
        if path == PATH:
            return self._admit(socket, request, principal)
        is_trusted = self._is_trusted(socket, request, principal)
        page = await self._config.find_page(path, PageRequester(is_trusted, self.connections))
        if page is None:
            return socket.respond(404, f"Not found. The gateway is at {PATH}.\n")
        response = socket.respond(page.status, page.text)
        del response.headers["Content-Type"]
        response.headers["Content-Type"] = page.content_type
        return response

    def select(
        self, _socket: ServerConnection, offered: Sequence[Subprotocol]
    ) -> Subprotocol | None:
        """Return the preferred subprotocol of those that a client offers, if one is supported."""
        supported = self._config.subprotocols
        return next((Subprotocol(name) for name in supported if name in offered), None)

    async def serve(self, socket: ServerConnection) -> None:
        """Serve one client until it disconnects, and log when it came and went."""
        client = self._clients.get(socket)
        if client is None:  # disconnected since it was admitted
            return
        number = next(self._numbers)
        details: dict[str, object] = {"connection": number, "principal": client.principal}
        _logger.info(
            "connection %d opened, subprotocol %s", number, socket.subprotocol, extra=details
        )
        self._config.metrics.connections[socket.subprotocol or "none"] += 1
        try:
            await self._config.serve_client(socket, client)
        except Exception:
            _logger.exception("connection %d failed", number, extra=details)
            raise
        finally:
            details["code"] = socket.close_code
            _logger.info("connection %d closed, code %s", number, socket.close_code, extra=details)

    def disconnected(self, socket: ServerConnection) -> None:
        """Forget a TCP connection that has ended, admitted or not."""
        if (client := self._clients.pop(socket, None)) is not None:
            client.end()

    async def close_idle(self) -> None:
        """Close connections without traffic for longer than the limit; never returns."""
        limit = self._config.limits.idle
        while True:
            await asyncio.sleep(min(limit / 4, SWEEP_DELAY))
            oldest = monotonic() - limit
            idle = [socket for socket, client in self._clients.items() if client.used_at < oldest]
            await asyncio.gather(*(socket.close(reason=_IDLE_REASON) for socket in idle))

    def _admit(
        self, socket: ServerConnection, request: Request, principal: str | None
    ) -> Response | None:
        if self._is_forwarded(request):
            reason = "Behind a proxy, the gateway needs --behind-proxy.\n"
            return self._refuse(socket, 403, reason)
        if principal is None:
            return self._refuse(socket, 401, TOKEN_REQUIRED)
        if self.connections >= self._config.limits.connections:
            return self._refuse(socket, 503, "The gateway has reached its connection limit.\n")
        client = self._principals.connect(principal)
        if client is None:
            return self._refuse(socket, 429, "You have reached your connection limit.\n")
        self._clients[socket] = client
        return None

    def _refuse(self, socket: ServerConnection, status: int, reason: str) -> Response:
        self._config.metrics.refusals[str(status)] += 1
        response = socket.respond(status, reason)
        if status == 401:  # noqa: PLR2004 - the status of a missing token
            response.headers["WWW-Authenticate"] = "Bearer"
        elif status != 403:  # noqa: PLR2004 - retrying does not help with 403
            response.headers["Retry-After"] = str(RETRY_AFTER)
        return response

    def _is_forwarded(self, request: Request) -> bool:
        """Return whether a proxy on this machine forwards the request of somebody elsewhere."""
        if self._config.tokens.names or self._config.address.is_behind_proxy:
            return False
        return any(name in request.headers for name in _FORWARDED)

    def _is_trusted(
        self, socket: ServerConnection, request: Request, principal: str | None
    ) -> bool:
        if self._config.tokens.names and principal is not None:
            return True
        if self._config.address.is_behind_proxy or self._is_forwarded(request):
            return False
        return is_loopback(str(socket.remote_address[0]))
