"""A bare `websockets` server: CORE; the first line of its output is its port.

It answers the first frame of a client with one frame. Once all clients have sent
`flood N BYTES SECONDS`, each gets N frames, SECONDS apart; `websockets` broadcasts them. A frame
begins with the `time.monotonic_ns` when it was sent; the last one is `end`.
"""

import asyncio
import os
import sys
import time

from websockets.asyncio.server import ServerConnection, broadcast, serve

from tek_gateway.host.process_tuning import raise_file_limit

CONNECTIONS = 5_000
YIELD_EVERY = 5
"""Broadcasts between two turns of the loop, in which it writes what the buffers did not take."""


async def main(core: int) -> None:
    """Serve until killed."""
    os.sched_setaffinity(0, {core})
    raise_file_limit(CONNECTIONS)
    ready: set[ServerConnection] = set()
    connected: set[ServerConnection] = set()

    async def meet(socket: ServerConnection) -> None:
        connected.add(socket)
        async for message in socket:
            if isinstance(message, bytes) or not message.startswith("flood "):
                await socket.send(message)
                continue
            ready.add(socket)
            if ready == connected:
                _, count, size, apart = message.split()
                for number in range(1, int(count) + 1):
                    word = " end " if number == int(count) else " "
                    broadcast(ready, f"{time.monotonic_ns()}{word}".ljust(int(size), "x"))
                    if float(apart) or number % YIELD_EVERY == 0:
                        await asyncio.sleep(float(apart))
        connected.discard(socket)

    async with serve(meet, "127.0.0.1", 0, compression=None) as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
