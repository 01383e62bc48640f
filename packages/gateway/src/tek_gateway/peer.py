"""The gateway's end of one TCP connection: how it closes, and how much it may owe its reader.

It must never look at a message.
"""

import asyncio
from contextlib import suppress

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed
from websockets.frames import CloseCode

BUFFER_LIMIT = 2_097_152
"""Bytes that wait for a reader. Sends wait long before; only pongs, which cannot, lead here."""


class Peer(ServerConnection):
    """A connection that closes without a code when the gateway stops."""

    async def close(
        self, code: CloseCode | int = CloseCode.NORMAL_CLOSURE, reason: str = ""
    ) -> None:
        """Close with `code`, or with none instead of 1001, which is what a stop announces."""
        if code != CloseCode.GOING_AWAY:
            await super().close(code, reason)
            return
        with suppress(ConnectionClosed):
            async with self.send_context():
                self.protocol.send_close()

    def data_received(self, data: bytes) -> None:
        """Take `data`; a client that pings without reading the pongs is cut off."""
        super().data_received(data)
        if self.transport.get_write_buffer_size() > BUFFER_LIMIT:
            self.transport.abort()


def peers_kept_in(peers: set[Peer]) -> type[Peer]:
    """Return a class whose connections are in `peers` for as long as their TCP connection lasts.

    The server itself knows a connection only after its handshake, and a client that never begins
    one would hold up a stop.
    """

    class Kept(Peer):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            peers.add(self)
            super().connection_made(transport)

        def connection_lost(self, exc: Exception | None) -> None:
            super().connection_lost(exc)
            peers.discard(self)

    return Kept
