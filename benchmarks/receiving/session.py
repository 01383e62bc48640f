"""Receive with a `Session` that keeps its cursor, and print the CPU seconds. Usage: PORT COUNT."""

import asyncio
import sys
import time

from reconnect_core import MemoryStorage, Received, Session
from tek_chat.tek_dialect import TEK_DIALECT


async def main(port: str, count: int) -> None:
    """Read the events of `count` entries."""
    begin = time.process_time()
    storage = MemoryStorage()
    url = f"ws://127.0.0.1:{port}/gateway"
    async with Session(url, dialect=TEK_DIALECT, storage=storage) as session:
        left = count
        async for event in session:
            if isinstance(event, Received):
                event.json()  # the bare client decodes it, too
                left -= 1
                if not left:
                    break
        print(time.process_time() - begin)
    if storage.cursor != count:
        sys.exit(f"the cursor is at {storage.cursor}")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
