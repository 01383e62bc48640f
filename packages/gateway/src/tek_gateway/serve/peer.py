"""The gateway's end of one TCP connection: how it closes, and how much it may buffer."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from websockets.asyncio.server import ServerConnection, broadcast
from websockets.exceptions import ConnectionClosed
from websockets.frames import CloseCode
from websockets.protocol import State

from tek_protocol import encode
from tek_protocol.envelope import SUBPROTOCOL_RESUME
from tek_protocol.resume_frames import GoAway

BUFFER_LIMIT = 2_097_152
"""Bytes buffered for a reader. Sends wait long before that; pongs cannot wait."""

RETRY_AFTER_MS = 500
SPREAD_MS = 1000
"""When clients may reconnect after a planned stop, and the range over which to spread."""

_GOING_AWAY = encode(GoAway("the gateway is stopping", RETRY_AFTER_MS, SPREAD_MS)).encode()


class Peer(ServerConnection):
    """A connection that announces a stop with `gateway.goaway`; a plain one just closes."""

    async def close(
        self, code: CloseCode | int = CloseCode.NORMAL_CLOSURE, reason: str = ""
    ) -> None:
        """Close with `code`; 1001, which announces a stop, closes as the client's mode requires."""
        if code != CloseCode.GOING_AWAY:
            await super().close(code, reason)
            return
        with suppress(ConnectionClosed):
            async with self.send_context():
                if self.subprotocol == SUBPROTOCOL_RESUME:
                    self.protocol.send_text(_GOING_AWAY)
                    self.protocol.send_close(CloseCode.SERVICE_RESTART)
                else:
                    self.protocol.send_close()

    def data_received(self, data: bytes) -> None:
        """Process `data`; disconnect a client that sends pings and does not read the pongs."""
        super().data_received(data)
        if self.transport.get_write_buffer_size() > BUFFER_LIMIT:
            self.transport.abort()


async def send(socket: ServerConnection, frame: str) -> None:
    """Send `frame`, and wait only if the reader is behind.

    With an empty buffer, `broadcast` costs half as much as `send`. Raises `ConnectionClosed`.
    """
    is_behind = socket.transport.get_write_buffer_size() > 0
    if is_behind or socket.state is not State.OPEN:
        await socket.send(frame)
    else:
        broadcast((socket,), frame)


def tracked_peer(
    peers: set[Peer], limit: int, disconnected: Callable[[ServerConnection], None]
) -> type[Peer]:
    """Return a class of connections that are in `peers` while their TCP connection lasts.

    The server itself knows a connection only after its handshake, so a client that never starts
    one would delay a stop. Connections beyond `limit` are aborted. `disconnected` is called at
    the end of each.
    """

    class TrackedPeer(Peer):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            super().connection_made(transport)
            peers.add(self)
            if len(peers) > limit:
                self.transport.abort()

        def connection_lost(self, exc: Exception | None) -> None:
            super().connection_lost(exc)
            peers.discard(self)
            disconnected(self)

    return TrackedPeer
