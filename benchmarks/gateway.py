"""Measure what one core of a gateway carries: streams, long logs and idle connections.

The gateway is a separate process, pinned to one core; the clients run on another. Its store records
when each commit was durable, and the clients record when each entry arrived.

- **Streams**: 200 sessions are answered at the same time, as fast as the gateway can and at a
  steady pace of 10,000 deltas a second in total, each read by one client. The figure is the CPU
  time of a delta, since other load on the machine changes the wall-clock time. For comparison,
  rows of the same size are committed to a bare SQLite table, 200 in a transaction, and frames of
  the same size are sent by a bare `websockets` server to as many clients.
- **Latency**: at the steady pace, from the end of the commit until the bytes reach the client, a
  separate process that reads 200 connections and parses the frames afterwards. This is wall-clock
  time; it is compared with frames that a bare server sends at the same pace.
- **Resumption**: a client whose cursor is at the last of 100,000 entries connects and resumes;
  compared with a bare WebSocket that connects and gets one frame.
- **Idle**: the resident memory of 2,000 connections, compared with a bare `websockets` server.
"""

import asyncio
import os
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path

import psutil
from gatewaying.raw import opened
from gatewaying.served import RECORD
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tek_gateway.host.process_tuning import raise_file_limit
from tek_gateway.log.log_entries import accepted_entry, answer_entry, delta_entry
from tek_gateway.store.changes import Change
from tek_gateway.store.session_records import OWNER, SessionRecord
from tek_gateway.store.sqlite.sqlite_store import open_store
from tek_protocol import encode, read_envelope
from tek_protocol.chat import ChatSend, Usage
from tek_protocol.envelope import SUBPROTOCOL_PLAIN, SUBPROTOCOL_RESUME
from tek_protocol.resume_frames import Resume

STREAMS = 200
PER_STREAM = 500
APART = 0.018
PACED = f"/delay {APART * 1000:.0f} /count {PER_STREAM}"
"""A little more than 50 deltas a second and stream."""

ENTRIES = 100_000
IDLE = 2_000
ROUNDS = 20
RATE, LATENCY_MS, RESUME_MS, IDLE_KB = 10_000, 25.0, 20.0, 60.0
"""The limits."""

HERE = Path(__file__).parent / "gatewaying"
_CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE, CLIENT_CORE = _CORES[0], _CORES[-1]
_OFFERS = [Subprotocol(SUBPROTOCOL_PLAIN), Subprotocol(SUBPROTOCOL_RESUME)]
_LIMIT = 300.0
"""Seconds: a timeout that no step reaches unless it hangs."""


@asynccontextmanager
async def child(script: str, *arguments: str) -> AsyncGenerator[tuple[subprocess.Popen[str], str]]:
    """Run a script of this benchmark; returns it with its first line, and ends it with SIGTERM."""
    command = [sys.executable, str(HERE / script), *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603, ASYNC220 - this very Python
    try:
        if process.stdout is None:
            raise RuntimeError(script)
        yield process, (await asyncio.to_thread(process.stdout.readline)).strip()
    finally:
        process.send_signal(signal.SIGTERM)
        await asyncio.to_thread(process.wait, _LIMIT)


@asynccontextmanager
async def gateway(folder: Path) -> AsyncGenerator[tuple[subprocess.Popen[str], str]]:
    """Run a gateway in `folder`; returns it with its address."""
    async with child("served.py", str(folder), str(SERVER_CORE)) as (process, line):
        yield process, line.split('"')[3]


@asynccontextmanager
async def dialled(url: str) -> AsyncGenerator[ClientConnection]:
    """Connect without the options that would distort a benchmark."""
    async with connect(
        url, subprotocols=_OFFERS, compression=None, proxy=None, ping_interval=None
    ) as socket:
        yield socket


# ---- Streams ---------------------------------------------------------------------------------


def durable(folder: Path) -> dict[tuple[str, int], int]:
    """Return when each entry was durable, by session and `seq`."""
    noted = RECORD.iter_unpack((folder / "commits").read_bytes())
    return {(session_id.decode(), seq): at for session_id, seq, at in noted}


@dataclass(frozen=True)
class Streamed:
    """Deltas a second by the clock, microseconds of CPU a delta, and sorted milliseconds."""

    rate: float
    cost: float
    latencies: list[float]

    def latency(self, part: float) -> float:
        """Return the given quantile of the latencies."""
        return at(self.latencies, part)


def at(ordered: list[float], part: float) -> float:
    """Return the given quantile of `ordered`."""
    return ordered[int(part * (len(ordered) - 1))]


def spent(pid: int) -> float:
    """Return the seconds of CPU that a process has used."""
    times = psutil.Process(pid).cpu_times()
    return times.user + times.system


async def streamed(prompt: str) -> Streamed:
    """Have all sessions answer `prompt` at the same time."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with gateway(folder) as (process, url), AsyncExitStack() as stack:
            streams = [await stack.enter_async_context(opened(url)) for _ in range(STREAMS)]
            for stream in streams:
                stream.say(encode(Resume("r", None, 0)))
                await stream.until(b'"session.resumed"')
            before = spent(process.pid)
            for stream in streams:
                stream.say(encode(ChatSend("m", prompt)))
            await asyncio.gather(*(stream.until(b'"chat.stream.end"') for stream in streams))
            cpu = spent(process.pid) - before
        committed = durable(folder)
    latencies: list[float] = []
    commits: list[int] = []
    for stream in streams:
        (_, first), *frames = stream.frames()
        session_id = read_envelope(first).session_id or ""
        for came, frame in frames:
            if frame.startswith(b'{"type":"chat.stream.delta"'):
                at_disk = committed[session_id, read_envelope(frame).seq or 0]
                commits.append(at_disk)
                latencies.append((came - at_disk) / 1e6)
    if len(commits) != STREAMS * PER_STREAM:
        reason = f"{len(commits)} deltas came"
        raise RuntimeError(reason)
    rate = len(commits) / ((max(commits) - min(commits)) / 1e9)
    return Streamed(rate, 1e6 * cpu / len(commits), sorted(latencies))


def bare_commits(rows_each: int) -> float:
    """Return the microseconds of CPU of a row that bare SQLite commits, `rows_each` at once."""
    body = delta_entry("m", " 123").body
    total = STREAMS * PER_STREAM // 4
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(sqlite3.connect(Path(folder) / "bare", isolation_level=None)) as database,
    ):
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = FULL")
        database.execute("CREATE TABLE rows (session TEXT, seq INTEGER, body TEXT)")
        began = time.process_time()
        for first in range(0, total, rows_each):
            database.execute("BEGIN IMMEDIATE")
            rows = [("s" * 32, seq, body) for seq in range(first, min(first + rows_each, total))]
            database.executemany("INSERT INTO rows VALUES (?, ?, ?)", rows)
            database.execute("COMMIT")
        return 1e6 * (time.process_time() - began) / total


async def bare_frames(apart: float) -> tuple[float, list[float]]:
    """Have a bare server send frames of a delta's size to as many clients, `apart` in seconds.

    Returns the microseconds of CPU of a frame, and the sorted milliseconds to the clients.
    """
    frame = '{"type":"chat.stream.delta","requestId":"m","delta":" 123","seq":123,"prev":122}'
    last = b" end "
    async with child("bare.py", str(SERVER_CORE)) as (process, port), AsyncExitStack() as stack:
        url = f"ws://127.0.0.1:{port}"
        streams = [await stack.enter_async_context(opened(url)) for _ in range(STREAMS)]
        before = spent(process.pid)
        for stream in streams:
            stream.say(f"flood {PER_STREAM} {len(frame)} {apart}")
        await asyncio.gather(*(stream.until(last) for stream in streams))
        cost = 1e6 * (spent(process.pid) - before) / (STREAMS * PER_STREAM)
    latencies = [
        (came - int(sent.split()[0])) / 1e6 for stream in streams for came, sent in stream.frames()
    ]
    return cost, sorted(latencies)


# ---- Resumption ------------------------------------------------------------------------------


async def grown(folder: Path) -> tuple[str, int]:
    """Create a session of many entries in `folder`; return it and its last `seq`."""
    store = await open_store(folder / "data")
    session = SessionRecord("f" * 32, "session:f", "echo", "2026-01-01T00:00:00.000+00:00", OWNER)
    await store.commit([Change(session.session_id, creates=session)])
    for first in range(0, ENTRIES, 2_000):
        pairs = (
            (
                accepted_entry(ChatSend(f"m-{number}", "a few words, as in a chat")),
                answer_entry(f"a-{number}", f"m-{number}", "and a few more in return", Usage()),
            )
            for number in range(first, first + 2_000, 2)
        )
        drafts = [draft for pair in pairs for draft in pair]
        await store.commit([Change(session.session_id, drafts)])
    extent = await store.extent(session.session_id, OWNER)
    await store.close()
    return session.session_id, 0 if extent is None else extent.head


async def timed(url: str, frame: str) -> float:
    """Return the milliseconds from a dial to the first frame that answers `frame`."""
    began = time.perf_counter()
    async with dialled(url) as socket:
        await socket.send(frame)
        await socket.recv()
        return 1e3 * (time.perf_counter() - began)


async def resumed() -> tuple[float, float]:
    """Return the medians of resuming at the end of a long log, and of a bare WebSocket."""
    with tempfile.TemporaryDirectory() as name:
        session_id, head = await grown(Path(name))
        if head != ENTRIES:
            raise RuntimeError(head)
        ask = encode(Resume("r", session_id, head))
        async with (
            gateway(Path(name)) as (_, url),
            child("bare.py", str(SERVER_CORE)) as (_, port),
        ):
            pairs = [
                (await timed(url, ask), await timed(f"ws://127.0.0.1:{port}", ask))
                for _ in range(ROUNDS)
            ]
    ours, bare = zip(*pairs, strict=True)
    return statistics.median(ours), statistics.median(bare)


# ---- Idle ------------------------------------------------------------------------------------


async def held(pid: int, url: str, frame: str) -> float:
    """Return the kilobytes of memory that each connection costs a process."""
    before = psutil.Process(pid).memory_info().rss
    async with AsyncExitStack() as stack:
        for _ in range(IDLE):
            socket = await stack.enter_async_context(dialled(url))
            await socket.send(frame)
            await socket.recv()
        return (psutil.Process(pid).memory_info().rss - before) / IDLE / 1024


async def idle() -> tuple[float, float]:
    """Return the kilobytes of a connection, at a gateway and at a bare server."""
    ask = encode(Resume("r", None, 0))
    with tempfile.TemporaryDirectory() as name:
        async with gateway(Path(name)) as (process, url):
            ours = await held(process.pid, url, ask)
    async with child("bare.py", str(SERVER_CORE)) as (process, port):
        return ours, await held(process.pid, f"ws://127.0.0.1:{port}", ask)


# ---- All together ----------------------------------------------------------------------------


async def main() -> int:
    """Print each figure beside its baseline, and return 1 if a limit is missed."""
    missed: list[str] = []

    def show(text: str, *, is_met: bool) -> None:
        print(text if is_met else f"{text}  LIMIT MISSED", flush=True)
        missed.extend(() if is_met else (text,))

    (frame, _), row = await bare_frames(0), bare_commits(STREAMS)
    full, paced = await streamed(f"/count {PER_STREAM}"), await streamed(PACED)
    bare = frame + row
    for name, run in (("as fast as it can", full), ("paced", paced)):
        ratio = f"{run.cost / bare:.1f} x a bare commit ({row:.1f}) and a bare frame ({frame:.1f})"
        possible = 1e6 / run.cost
        show(
            f"{STREAMS} streams, {name}: {run.cost:.0f} us of CPU a delta, {ratio};"
            f" {possible:,.0f} deltas/s of one core (limit {RATE:,}), {run.rate:,.0f} by the clock",
            is_met=possible >= RATE,
        )
    _, latencies = await bare_frames(APART)
    late, bare = paced.latency(0.99), at(latencies, 0.99)
    show(
        f"from commit to client, paced: p50 {paced.latency(0.5):.1f} ms, p99 {late:.1f} ms,"
        f" {late / bare:.2f} x bare frames (p50 {at(latencies, 0.5):.1f}, p99 {bare:.1f} ms;"
        f" limit {LATENCY_MS:.0f} ms; load of this machine {os.getloadavg()[0]:.1f})",
        is_met=late <= LATENCY_MS,
    )
    ours, theirs = await resumed()
    show(
        f"resuming at the end of {ENTRIES:,} entries: {ours:.1f} ms, {ours / theirs:.2f} x a bare"
        f" WebSocket ({theirs:.1f} ms; limit {RESUME_MS:.0f} ms)",
        is_met=ours <= RESUME_MS,
    )
    ours, theirs = await idle()
    show(
        f"{IDLE:,} idle connections: {ours:.1f} KB each, {ours / theirs:.2f} x a bare server"
        f" ({theirs:.1f} KB; limit {IDLE_KB:.0f} KB)",
        is_met=ours <= IDLE_KB,
    )
    return int(bool(missed))


if __name__ == "__main__":
    raise_file_limit(2 * IDLE)
    os.sched_setaffinity(0, {CLIENT_CORE})
    sys.exit(asyncio.run(main()))
