"""A plain gateway that answers every message with RATE pieces a second for SECONDS seconds.

Usage: `_deltas.py PORT RATE SECONDS`. It stands in for a fast model and uses almost no CPU itself.
"""

import asyncio
import json
import sys
import time

from websockets.asyncio.server import ServerConnection, serve

TICK = 0.01
PARAGRAPH = (
    "A gateway that is gone *comes back*, and what was said goes on where it stopped. "
    "Nothing is lost, nothing is doubled, and `nobody` has to start anything again. "
)
BLOCK = f"{PARAGRAPH * 3}\n\n- one thing\n- another\n\n```python\ndef f(x):\n    return x\n```\n\n"


async def answer(link: ServerConnection, request: str, rate: int, seconds: float) -> None:
    """Send the pieces at an even pace, or as fast as the connection takes them."""
    pieces = BLOCK.replace(" ", " \0").split("\0")
    begin, sent = time.monotonic(), 0
    while (now := time.monotonic() - begin) < seconds:
        while sent < now * rate:
            delta = pieces[sent % len(pieces)]
            frame = {"type": "chat.stream.delta", "requestId": request, "delta": delta}
            await link.send(json.dumps(frame))
            sent += 1
        await asyncio.sleep(TICK)
    await link.send(json.dumps({"type": "chat.stream.end", "requestId": request}))


async def meet(link: ServerConnection, rate: int, seconds: float) -> None:
    """Answer every message of one client."""
    async for frame in link:
        message = json.loads(frame)
        if message["type"] == "chat.send":
            await answer(link, message["id"], rate, seconds)


async def main(port: int, rate: int, seconds: float) -> None:
    """Listen until killed."""
    async with serve(lambda link: meet(link, rate, seconds), "127.0.0.1", port) as server:
        print("ready", flush=True)
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])))
