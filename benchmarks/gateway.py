"""What one core of a gateway carries: streams, long logs and idle connections.

The gateway is a process of its own, held to one core, with the clients on another. Its store notes
when each of its commits was durable, and the clients when each entry arrived.

- **Streams**: 200 sessions are answered at the same time, as fast as the gateway can, each read by
  one client. Beside it, in the same run, as many rows of the same size are committed to a bare
  SQLite table in transactions of as many rows as the gateway's had, and as many frames of the same
  size are sent by a bare `websockets` server to as many clients.
- **Latency**: the same streams at a steady pace of 10,000 deltas a second in all; from the end of
  the commit to the client, which is another process and reads 200 connections.
- **Resumption**: a client that knows the last of 100,000 entries dials, and is told where it is;
  beside a bare WebSocket that dials and gets one frame.
- **Idle**: the resident memory that 2,000 connections cost, beside a bare `websockets` server.
"""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path

import psutil
from gatewaying.served import RECORD
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tek_gateway import log
from tek_protocol import encode, read_envelope
from tek_protocol.chat import ChatSend
from tek_protocol.session import SUBPROTOCOL_PLAIN, SUBPROTOCOL_RESUME, Resume

STREAMS = 200
PER_STREAM = 500
PACE_MS = 18
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
"""Seconds; nothing here takes as long."""


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
    """Connect without what a benchmark does not want."""
    async with connect(
        url, subprotocols=_OFFERS, compression=None, proxy=None, ping_interval=None
    ) as socket:
        yield socket


# ---- Streams ---------------------------------------------------------------------------------


class Stream:
    """One session that is answered, and when each of its entries came."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self.session_id = ""
        self.came: list[tuple[int, str]] = []

    async def open(self) -> None:
        """Make a session."""
        await self._socket.send(encode(Resume("r", None, 0)))
        self.session_id = read_envelope(await self._socket.recv(decode=True)).session_id or ""

    async def run(self, prompt: str) -> None:
        """Ask, and read to the end of the answer."""
        await self._socket.send(encode(ChatSend("m", prompt)))
        came = self.came
        async for frame in self._socket:
            if not isinstance(frame, str):
                raise TypeError(frame)
            came.append((time.monotonic_ns(), frame))
            if frame.startswith('{"type":"chat.stream.end"'):
                return
        reason = "the connection was closed in the middle of an answer"
        raise RuntimeError(reason)


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
        """Return what so large a part of the deltas took at most."""
        return self.latencies[int(part * (len(self.latencies) - 1))]


def spent(pid: int) -> float:
    """Return the seconds of CPU that a process has used."""
    times = psutil.Process(pid).cpu_times()
    return times.user + times.system


async def streamed(prompt: str) -> Streamed:
    """Have all streams answer `prompt` at the same time."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with gateway(folder) as (process, url), AsyncExitStack() as stack:
            sockets = [await stack.enter_async_context(dialled(url)) for _ in range(STREAMS)]
            streams = [Stream(socket) for socket in sockets]
            for stream in streams:
                await stream.open()
            before = spent(process.pid)
            await asyncio.gather(*(stream.run(prompt) for stream in streams))
            cpu = spent(process.pid) - before
        committed = durable(folder)
    latencies: list[float] = []
    commits: list[int] = []
    for stream in streams:
        for came, frame in stream.came:
            if frame.startswith('{"type":"chat.stream.delta"'):
                at = committed[stream.session_id, read_envelope(frame).seq or 0]
                commits.append(at)
                latencies.append((came - at) / 1e6)
    if len(commits) != STREAMS * PER_STREAM:
        reason = f"{len(commits)} deltas came"
        raise RuntimeError(reason)
    rate = len(commits) / ((max(commits) - min(commits)) / 1e9)
    return Streamed(rate, 1e6 * cpu / len(commits), sorted(latencies))


def bare_commits(rows_each: int) -> float:
    """Return the microseconds of CPU of a row that bare SQLite commits, `rows_each` at once."""
    body = log.grown("m", " 123").body
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


async def bare_frames() -> float:
    """Return the microseconds of CPU of a frame that a bare server sends to as many clients."""
    frame = '{"type":"chat.stream.delta","requestId":"m","delta":" 123","seq":123,"prev":122}'

    async def read(socket: ClientConnection) -> None:
        await socket.send(f"flood {PER_STREAM} {len(frame)}")
        for _ in range(PER_STREAM):
            await socket.recv()

    async with child("bare.py", str(SERVER_CORE)) as (process, port), AsyncExitStack() as stack:
        url = f"ws://127.0.0.1:{port}"
        sockets = [await stack.enter_async_context(dialled(url)) for _ in range(STREAMS)]
        before = spent(process.pid)
        await asyncio.gather(*map(read, sockets))
        return 1e6 * (spent(process.pid) - before) / (STREAMS * PER_STREAM)
