"""Measure the whole-screen chat, compared with a bare Textual app, each in its own terminal.

Limits: 1 s each for a cold start to a prompt and for opening a session of 10,000 messages; 50 ms at
the 99th percentile for a key press while 500 pieces of an answer arrive each second; and memory
that does not grow with the answer. `ARGS=60` streams for 60 seconds instead of 20.
"""

import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from reconnect_core import Received
from reconnect_core.storage import Applied, Moved
from tek_chat.journal.journal import Journal, journal_path
from tek_protocol import encode, read_envelope
from tek_testing.clients.pty_screen import PtyScreen
from tek_testing.gateway.gateway_process import GatewayProcess
from tek_testing.gateway.ports import free_port

HERE = Path(__file__).parent
TEK = str(Path(sys.executable).with_name("tek-cli"))
BARE = (sys.executable, str(HERE / "_bare.py"))
PROMPT = "nter sends"
"""Part of both placeholders, without the letter that the cursor may stand on."""

STARTS, PRESSES_A_SECOND = 5, 10
START_LIMIT, OPEN_LIMIT, KEY_LIMIT, GROWTH_LIMIT = 1.0, 1.0, 0.050, 20.0
MEGABYTE = 1_000_000
LETTERS = "абвгдежзийклмнопрстуфхцчшщъыьэюяАБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ"


class Watched(PtyScreen):
    """A terminal whose output is read but not drawn, so that drawing is not measured."""

    def data_received(self, data: bytes) -> None:
        """Collect the output."""
        self.written += data
        self.changed.set()

    async def until_written(self, expected: str) -> float:
        """Return when `expected` was written, in seconds of `time.perf_counter`."""
        async with asyncio.timeout(30):
            while expected.encode() not in self.written:
                self.changed.clear()
                await self.changed.wait()
        return time.perf_counter()


@dataclass(frozen=True)
class Run:
    """A program on a terminal."""

    screen: Watched
    pid: int
    began: float

    @property
    def megabytes(self) -> float:
        """Return its resident memory."""
        return psutil.Process(self.pid).memory_info().rss / MEGABYTE


@asynccontextmanager
async def running(command: Sequence[str], home: str) -> AsyncGenerator[Run]:
    """Start `command` in `home` and kill it at the end."""
    folders = {f"XDG_{each}_HOME": home for each in ("CONFIG", "DATA", "STATE", "CACHE")}
    environment = {**os.environ, **folders, "HOME": home, "TERM": "xterm-256color"}
    async with Watched() as screen:
        end, began = screen.descriptor, time.perf_counter()
        process = await asyncio.create_subprocess_exec(
            *command, stdin=end, stdout=end, stderr=end, env=environment
        )
        try:
            yield Run(screen, process.pid, began)
        finally:
            process.kill()
            await process.wait()


async def start(command: Sequence[str], home: str, expected: str = PROMPT) -> float:
    """Return the seconds from the start of `command` until `expected` is on the screen."""
    async with running(command, home) as run:
        return await run.screen.until_written(expected) - run.began


async def starts(home: str, url: str) -> tuple[float, float]:
    """Return the median starts of a bare app and of the chat, taken in turns."""
    pairs = [
        (await start(BARE, home), await start((TEK, "chat", "--url", url), home))
        for _ in range(STARTS)
    ]
    return statistics.median(bare for bare, _ in pairs), statistics.median(t for _, t in pairs)


async def fill(home: str, url: str, messages: int) -> None:
    """Write a session into the journal, as if it had been received from a gateway."""
    os.environ["XDG_DATA_HOME"] = os.environ["XDG_STATE_HOME"] = home
    journal = Journal.open(journal_path(url))
    storage = journal.storage("s")
    await storage.commit([Moved("s", 0)])
    await storage.commit([Applied(_entry(seq, messages)) for seq in range(1, messages + 1)])
    await journal.close()


def _entry(seq: int, last: int) -> Received:
    """Return a question, or the answer to the one before it."""
    asks = bool(seq % 2)
    text = "and then?" if asks else f"**This** came {seq}th of {last}.\n\n- one\n- two\n"
    who = {"id": f"q{seq}", "role": "user"} if asks else {"id": f"a{seq}", "role": "assistant"}
    answers = {} if asks else {"requestId": f"q{seq - 1}"}
    message = {"type": "chat.message", "seq": seq, "prev": seq - 1, "content": text}
    frame = encode({**message, **who, **answers})
    return Received(read_envelope(frame), frame)


async def latencies(run: Run, seconds: float) -> list[float]:
    """Press a key ten times a second; return the sorted seconds until each was on the screen."""
    taken: list[float] = []
    end, number = time.perf_counter() + seconds, 0
    while time.perf_counter() < end:
        letter = LETTERS[number % len(LETTERS)]
        if number and not number % len(LETTERS):
            run.screen.press("\x15")  # Ctrl+U
            await asyncio.sleep(0.3)
        run.screen.written.clear()
        pressed = time.perf_counter()
        run.screen.press(letter)
        taken.append(await run.screen.until_written(letter) - pressed)
        number += 1
        await asyncio.sleep(max(0.0, pressed + 1 / PRESSES_A_SECOND - time.perf_counter()))
    return sorted(taken)


async def streamed(home: str, seconds: float) -> tuple[list[float], float]:
    """Return the latencies while an answer streams, and the growth of the memory in MB."""
    port = free_port()
    deltas = (sys.executable, str(HERE / "_deltas.py"), str(port), "500", str(seconds + 10))
    gateway = await asyncio.create_subprocess_exec(*deltas, stdout=asyncio.subprocess.PIPE)
    try:
        if gateway.stdout is not None:
            await gateway.stdout.readline()
        url = f"ws://127.0.0.1:{port}/"
        async with running((TEK, "chat", "--url", url), home) as run:
            await run.screen.until_written(PROMPT)
            run.screen.press("go\r")
            await run.screen.until_written("gateway")
            await asyncio.sleep(3)  # until buffers and caches have filled
            before = run.megabytes
            taken = await latencies(run, seconds)
            return taken, run.megabytes - before
    finally:
        gateway.kill()
        await gateway.wait()


def at(share: float, taken: Sequence[float]) -> float:
    """Return the quantile `share` of sorted figures."""
    return taken[min(len(taken) - 1, int(share * len(taken)))]


async def main(seconds: float) -> int:
    """Print a line for each figure; return 1 if one is over its limit."""
    failed = False

    def tell(name: str, value: float, limit: float, unit: str, beside: str) -> None:
        nonlocal failed
        failed = failed or value > limit
        print(f"{name:34} {value:7.1f} {unit}  (limit {limit:.0f})  {beside}")

    with tempfile.TemporaryDirectory(prefix="tek-bench-") as home:
        async with GatewayProcess() as gateway:
            bare, chat = await starts(home, gateway.url)
            ratio = f"{chat / bare:.2f} x a bare Textual app ({bare * 1000:.0f} ms)"
            tell("cold start to a prompt", chat * 1000, START_LIMIT * 1000, "ms", ratio)
        away = f"ws://127.0.0.1:{free_port()}/gateway"
        await fill(home, away, 10_000)
        command = (TEK, "chat", "-c", "--url", away)
        whole = [await start(command, home, "came 10000th") for _ in range(STARTS)]
        opening = statistics.median(whole) - chat
        beside = f"{statistics.median(whole) / chat:.2f} x an empty one"
        tell("open 10,000 messages, after that", opening * 1000, OPEN_LIMIT * 1000, "ms", beside)
        async with running(BARE, home) as run:
            await run.screen.until_written(PROMPT)
            still = await latencies(run, 5)
        taken, growth = await streamed(home, seconds)
        beside = f"{at(0.99, taken) / at(0.99, still):.1f} x a bare app at rest"
        tell("key press, median", at(0.5, taken) * 1000, KEY_LIMIT * 1000, "ms", "")
        tell("key press, 99 %", at(0.99, taken) * 1000, KEY_LIMIT * 1000, "ms", beside)
        tell(f"growth in {seconds:.0f} s at 500 a second", growth, GROWTH_LIMIT, "MB", "")
    return int(failed)


if __name__ == "__main__":
    sys.exit(asyncio.run(main(float(sys.argv[1]) if len(sys.argv) > 1 else 20.0)))
