"""A running `tek-desktop` process: its trace, its standard input and its end."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pytest

from tek_testing.deadlines import scaled


@dataclass(frozen=True, slots=True)
class WindowEnded:
    code: int
    output: str
    errors: str


@dataclass(frozen=True, slots=True)
class Running:
    """A client whose trace comes through a pipe, so that each of its events can be awaited."""

    process: asyncio.subprocess.Process
    trace: asyncio.StreamReader

    async def event(self, *names: str) -> None:
        """Return once the trace tells of one of these events, or of a message of these types."""
        while line := await self.trace.readline():
            if any(f'"{name}"' in line.decode() for name in names):
                return
        pytest.fail(f"the trace ended without {names}")

    def say(self, text: str) -> None:
        stdin = self.process.stdin
        assert stdin is not None
        stdin.write(f"{text}\n".encode())

    def hang_up(self) -> None:
        stdin = self.process.stdin
        assert stdin is not None
        stdin.close()

    async def ended(self) -> WindowEnded:
        output, errors = await self.process.communicate()
        assert self.process.returncode is not None
        return WindowEnded(self.process.returncode, output.decode(), errors.decode())


async def start(
    *options: str,
    environment: Mapping[str, str] | None = None,
    program: Sequence[str] = ("-m", "tek_desktop"),
) -> Running:
    """Start `program`, which is tek-desktop, and follow its trace."""
    trace, source = os.pipe()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *program,
        *("--trace", f"/dev/fd/{source}"),
        *options,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, **(environment or {})},
        pass_fds=[source],
    )
    os.close(source)
    reader = asyncio.StreamReader(limit=2**22)
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(trace, "rb", 0)
    )
    return Running(process, reader)


async def quits(client: Running, number: signal.Signals) -> None:
    """Assert that a signal ends the client cleanly, and at once."""
    began = time.monotonic()
    client.process.send_signal(number)
    assert await client.ended() == WindowEnded(0, "", "")
    assert time.monotonic() - began < scaled(1)
