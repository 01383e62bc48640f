"""Measure how long a client takes from the dial to being online, compared with a bare WebSocket.

A real gateway is killed with SIGKILL while a `Session` is online. While the session waits, other
clients may add entries to its log. The gateway is killed and started once more, and as soon as it
listens, the session is told to dial at once: its backoff is not part of the figure. The measurement
ends when the session is online and has yielded every missed entry.

The bare client connects to a gateway that has just started as well, requests the same entries and
reads as many frames without parsing them.
"""

import asyncio
import statistics
import sys
import time

from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from reconnect_core import Backoff, MemoryStorage, Online, Received, Session, Waiting
from reconnect_core.testing import deadline, until
from tek_chat.tek_dialect import TEK_DIALECT
from tek_protocol import encode
from tek_protocol.envelope import SUBPROTOCOL_PLAIN, SUBPROTOCOL_RESUME
from tek_protocol.resume_frames import Resume
from tek_testing.clients.resume_client import AppliedLog, ResumeClient
from tek_testing.gateway.gateway_process import GatewayProcess

ROUNDS = 10
LIMITS = {0: 20.0, 1_000: 150.0}
"""Milliseconds by the number of missed entries."""

PATIENT = Backoff(base=60, cap=60)
"""So long that the session does not dial by itself."""

ENTRIES_PER_TURN = 2
"""Entries of a message and its finished answer."""


async def grow(url: str, held: MemoryStorage, entries: int) -> None:
    """Add `entries` to the log."""
    names = [f"{held.cursor}-{number}" for number in range(entries // ENTRIES_PER_TURN)]
    transcript = AppliedLog()
    transcript.session_id, transcript.cursor = held.session_id, held.cursor
    async with ResumeClient(url, transcript) as client:
        await client.resume()
        for name in names:
            await client.say(name, "a few words, as in a chat")
        await client.answered(*names)


async def bare(url: str, held: MemoryStorage, missed: int) -> float:
    """Return the seconds that a WebSocket takes to read the answer and `missed` frames."""
    ask = encode(Resume("bare", held.session_id, held.cursor))
    offers = [Subprotocol(SUBPROTOCOL_PLAIN), Subprotocol(SUBPROTOCOL_RESUME)]
    begin = time.perf_counter()
    async with connect(url, subprotocols=offers, compression=None, proxy=None) as socket:
        await socket.send(ask)
        for _ in range(1 + missed):
            await socket.recv()
        return time.perf_counter() - begin


async def back(session: Session, missed: int) -> float:
    """Return the seconds that `session` takes from dialling to being online with all it missed."""
    begin = time.perf_counter()
    session.retry_now()
    async for event in session:
        if isinstance(event, Received):
            missed -= 1
        elif isinstance(event, Online):
            break
    seconds = time.perf_counter() - begin
    if missed:
        message = f"{missed} entries more were due"
        raise RuntimeError(message)
    return seconds


async def outage(missed: int) -> tuple[float, float]:
    """Return the seconds that the bare client and a session take after an outage."""
    held = MemoryStorage()
    async with (
        GatewayProcess() as gateway,
        Session(gateway.url, dialect=TEK_DIALECT, backoff=PATIENT, storage=held) as session,
    ):
        await until(session, Online)
        await gateway.kill()
        await until(session, Waiting)
        if missed:
            await gateway.start()
            await grow(gateway.url, held, missed)
        await gateway.restart()
        peer = await bare(gateway.url, held, missed)
        await gateway.restart()
        async with deadline(30):
            return peer, await back(session, missed)


async def main() -> int:
    """Print the medians, taken in turns so that other load affects all alike."""
    seconds: dict[int, list[tuple[float, float]]] = {missed: [] for missed in LIMITS}
    for _ in range(ROUNDS):
        for missed, pairs in seconds.items():
            pairs.append(await outage(missed))
    is_slow = False
    for missed, pairs in seconds.items():
        peer, own = (statistics.median(each) * 1_000 for each in zip(*pairs, strict=True))
        is_slow |= own > LIMITS[missed]
        print(
            f"{missed:5} missed entries {own:6.1f} ms, {own / peer:4.2f} x a bare client that"
            f" reads them in {peer:.1f} ms  (limit {LIMITS[missed]:.0f} ms)"
        )
    return int(is_slow)


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
