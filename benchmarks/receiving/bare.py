"""Receive with `websockets` and `json` alone, and print the CPU seconds. Usage: PORT COUNT."""

import asyncio
import json
import sys
import time

from websockets.asyncio.client import connect


async def main(port: str, count: int) -> None:
    """Decode `count` messages."""
    begin = time.process_time()
    async with connect(f"ws://127.0.0.1:{port}/", compression=None, proxy=None) as socket:
        for _ in range(count):
            json.loads(await socket.recv())
        print(time.process_time() - begin)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
