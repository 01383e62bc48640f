"""The listening socket: accepts TCP connections, and closes every one when the gateway stops."""

import asyncio
import errno
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

from websockets.asyncio.server import Server, serve

from tek_gateway.errors import CannotStart
from tek_gateway.limits import ServerLimits
from tek_gateway.serve.handshake import Handshake
from tek_gateway.serve.listen_address import ListenAddress
from tek_gateway.serve.peer import Peer, tracked_peer
from tek_protocol.envelope import FRAME_LIMIT

STOP_GRACE = 0.4
"""Seconds that clients have to answer a close before they are disconnected."""

HANDSHAKE_ROOM = 256
"""TCP connections beyond the limit, so that further clients can be refused with a reason."""

_quiet = logging.getLogger("tek_gateway.websockets")
# The library logs a traceback for every failed handshake: a port scan would fill the log.
_quiet.setLevel(logging.CRITICAL + 1)


@asynccontextmanager
async def listening(
    handshake: Handshake, address: ListenAddress, limits: ServerLimits
) -> AsyncGenerator[int]:
    """Listen at `address` and yield the port; close every connection at the end.

    Port 0 takes a free port. Raises `CannotStart` if the address is not available.
    """
    peers: set[Peer] = set()
    most = limits.connections + HANDSHAKE_ROOM
    try:
        server = await serve(
            handshake.serve,
            address.host,
            address.port,
            # A page in a browser can reach this port, and always sends its origin.
            origins=[None],
            select_subprotocol=handshake.select,
            compression=None,
            process_request=handshake.respond,
            open_timeout=limits.handshake,
            max_size=FRAME_LIMIT,
            close_timeout=STOP_GRACE,
            logger=_quiet,
            create_connection=tracked_peer(peers, most, handshake.disconnected),
            ssl=address.tls,
            ssl_handshake_timeout=None if address.tls is None else limits.handshake,
        )
    except (OSError, ValueError) as error:  # ValueError: an invalid host name
        raise CannotStart(_why_not_listening(address.host, address.port, error)) from error
    sweeping = asyncio.create_task(handshake.close_idle())
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        sweeping.cancel()
        await asyncio.gather(sweeping, return_exceptions=True)
        await _close_all(server, peers)


async def _close_all(server: Server, peers: set[Peer]) -> None:
    loop = asyncio.get_running_loop()
    for listener in server.sockets:
        loop.remove_reader(listener)
    # A connection just accepted gets its task, its transport and its place in `peers` in one
    # iteration of the loop each. In Python 3.11 a server that closes in between leaves its
    # socket open.
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
    for handler in server.handler_tasks:  # some may still be processing received frames
        handler.cancel()
    await server.wait_closed()


def _why_not_listening(host: str, port: int, error: Exception) -> str:
    if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
        return (
            f"port {port} on {host} is in use: stop the program that uses it, or choose another"
            " port with --port (0 takes a free one)"
        )
    return f"cannot listen on {host} port {port}: {error}"
