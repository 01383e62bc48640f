"""The gateway's end of one TCP connection: how it closes, and how much it may owe its reader.

It must never look at a message.
"""

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
"""Bytes that wait for a reader. Sends wait long before; only pongs, which cannot, lead here."""


RETRY_AFTER_MS = 500
SPREAD_MS = 1000
"""When clients may come back after a planned stop: not before, and not all at once."""

_GOING_AWAY = encode(GoAway("the gateway stops", RETRY_AFTER_MS, SPREAD_MS)).encode()


class Peer(ServerConnection):
    """A connection that says goodbye when the gateway stops, or closes without a code if plain."""

    async def close(
        self, code: CloseCode | int = CloseCode.NORMAL_CLOSURE, reason: str = ""
    ) -> None:
        """Close with `code`, or as the client's mode wants it for 1001, which announces a stop."""
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
        """Take `data`; a client that pings without reading the pongs is cut off."""
        super().data_received(data)
        if self.transport.get_write_buffer_size() > BUFFER_LIMIT:
            self.transport.abort()


async def send(socket: ServerConnection, frame: str) -> None:
    """Send `frame`, and wait only if the reader is behind.

    What can be written at once goes the short way that `websockets` has for that, at half the
    cost. Raises `ConnectionClosed`.
    """
    behind = socket.transport.get_write_buffer_size() > 0
    if behind or socket.state is not State.OPEN:
        await socket.send(frame)
    else:
        broadcast((socket,), frame)


def peers_kept_in(
    peers: set[Peer], limit: int, left: Callable[[ServerConnection], None]
) -> type[Peer]:
    """Return a class whose connections are in `peers` for as long as their TCP connection lasts.

    The server itself knows a connection only after its handshake, and a client that never begins
    one would hold up a stop. Beyond `limit` connections are cut. `left` is told of every end.
    """

    class Kept(Peer):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            super().connection_made(transport)
            peers.add(self)
            if len(peers) > limit:
                self.transport.abort()

        def connection_lost(self, exc: Exception | None) -> None:
            super().connection_lost(exc)
            peers.discard(self)
            left(self)

    return Kept
