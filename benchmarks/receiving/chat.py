"""Receive with the client of both apps and its view, and print the CPU seconds.

Usage: PORT COUNT.
"""

import asyncio
import sys
import time

from reconnect_core import Event, Received
from tek_chat import Client


async def main(port: str, count: int) -> None:
    """Apply `count` entries to the view."""
    done = asyncio.Event()

    def listen(event: Event) -> None:
        if isinstance(event, Received) and event.envelope.seq == count:
            done.set()

    begin = time.process_time()
    url = f"ws://127.0.0.1:{port}/gateway"
    async with Client(url, listeners=[listen]):
        await done.wait()
        print(time.process_time() - begin)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
