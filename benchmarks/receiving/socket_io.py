"""Receive with python-socketio over a WebSocket, and print the CPU seconds. Usage: PORT COUNT.

It runs in an environment of its own, with the dependency group `bench`.
"""

import asyncio
import importlib
import sys
import time
from collections.abc import Callable, Sequence
from typing import Protocol


class SocketIO(Protocol):
    """The part of `socketio.AsyncClient` that is used; it is not installed for the type checker."""

    def on(self, event: str, handler: Callable[[object], None]) -> None:
        """Call `handler` with each `event`."""
        ...

    async def connect(self, url: str, *, transports: Sequence[str]) -> None:
        """Connect."""
        ...

    async def disconnect(self) -> None:
        """Disconnect."""
        ...


async def main(port: str, count: int) -> None:
    """Receive `count` entries."""
    client: SocketIO = importlib.import_module("socketio").AsyncClient()
    done = asyncio.Event()
    left = count

    def listen(entry: object) -> None:
        del entry
        nonlocal left
        left -= 1
        if not left:
            done.set()

    client.on("entry", listen)
    begin = time.process_time()
    await client.connect(f"http://127.0.0.1:{port}", transports=["websocket"])
    await done.wait()
    print(time.process_time() - begin)
    await client.disconnect()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
