"""The clients as a user runs them: real processes, driven by standard input, watched by trace.

What it knows of a client is in its trace, on its screen, and in its exit code.
"""

import asyncio
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from tek_chat.journal.journal_crash_points import VARIABLE
from tek_testing.clients.pty_screen import PtyScreen
from tek_testing.clients.traced_client import TracedClient, TraceLine, read_line
from tek_testing.deadlines import deadline

KINDS = ("cli", "desktop", "tui")
PATIENT = ("cli", "desktop")
"""Those that wait for all answers when their input ends; the screen quits at once."""

_BIN = Path(sys.executable).parent
_COMMANDS: Mapping[str, Sequence[str]] = {
    "cli": (str(_BIN / "tek-cli"), "chat"),
    "desktop": (str(_BIN / "tek-desktop"), "--drive"),
    "tui": (str(_BIN / "tek-cli"), "chat"),
}
AGAIN: Mapping[str, Sequence[str]] = {
    "cli": ("--continue",),
    "desktop": (),
    "tui": ("--continue",),
}
"""Options that make a client continue its last session; the desktop needs none."""

PLAIN = ("--plain",)
"""Options of a gateway that cannot resume sessions."""

FAST: Mapping[str, float] = {"base": 0.01, "cap": 0.3, "jitter": 0.3, "seed": 7}
"""The default backoff at a hundredth of its length, with a fixed seed."""


class ClientEnded(RuntimeError):
    """The client's process has ended, and its whole trace was read."""


@dataclass(slots=True)
class ClientProcess(TracedClient):
    """`tek-cli chat` or `tek-desktop --drive` in a process of its own, with a home of its own.

    The kind "tui" is `tek-cli chat` on a terminal.

    `async with` starts it and always reaps it. `lines` has the trace of all runs, and `runs` has
    that of each. `output` and `errors` are those of the latest run.
    """

    kind: str
    url: str
    reconnect: Mapping[str, float] = field(default_factory=lambda: dict(FAST))
    options: Sequence[str] = ()
    home: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="tek-client-")))
    _starts: list[int] = field(default_factory=list[int])
    _process: asyncio.subprocess.Process | None = None
    _trace: asyncio.StreamReader | None = None
    _pipe: asyncio.BaseTransport | None = None
    _reaping: asyncio.Task[None] | None = None
    _screen: PtyScreen | None = None

    async def start(self, *, crash_at: str = "") -> None:
        """Start it, with the same home as before.

        With `crash_at`, it kills itself at that point: see
        `tek_chat.journal.journal_crash_points`.
        """
        self._starts.append(len(self.lines))
        self._read_up_to = len(self.lines)
        values = "\n".join(f"{name} = {value}".lower() for name, value in self.reconnect.items())
        self._settings.write_text(f"[reconnect]\n{values}\n")
        trace = self.home / f"trace-{len(self._starts)}"
        end_of_pipe = await self._open_pipe(trace)
        command = (*_COMMANDS[self.kind], "--url", self.url, "--trace", str(trace), *self.options)
        variables = self.environment | {VARIABLE: crash_at}
        start = self._start_on_screen if self.kind == "tui" else self._start_with_files
        self._process = await start(command, variables)
        self._reaping = asyncio.create_task(self._reap(self._process, end_of_pipe))

    async def _start_with_files(
        self, command: Sequence[str], variables: Mapping[str, str]
    ) -> asyncio.subprocess.Process:
        with (self.home / "out").open("wb") as out, (self.home / "err").open("wb") as errors:
            return await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.PIPE,
                stdout=out,
                stderr=errors,
                env=variables,
            )

    async def _start_on_screen(
        self, command: Sequence[str], variables: Mapping[str, str]
    ) -> asyncio.subprocess.Process:
        if self._screen is not None:
            self._screen.close()
        self._screen = PtyScreen()
        await self._screen.open()
        end = self._screen.descriptor
        return await asyncio.create_subprocess_exec(
            *command, stdin=end, stdout=end, stderr=end, env=variables
        )

    async def _open_pipe(self, trace: Path) -> int:
        """Make the pipe for the trace of a run, and return its writing end.

        While that is open, the reader meets no end of file before the client has opened the pipe.
        """
        if self._pipe is not None:
            self._pipe.close()
        os.mkfifo(trace)
        descriptor = os.open(trace, os.O_RDONLY | os.O_NONBLOCK)
        self._trace = asyncio.StreamReader(limit=2**24)
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReaderProtocol(self._trace)
        self._pipe, _ = await loop.connect_read_pipe(lambda: reader, os.fdopen(descriptor, "rb", 0))
        return os.open(trace, os.O_WRONLY | os.O_NONBLOCK)

    async def _reap(self, process: asyncio.subprocess.Process, end_of_pipe: int) -> None:
        try:
            await process.wait()
        finally:
            os.close(end_of_pipe)

    @property
    def runs(self) -> Sequence[Sequence[TraceLine]]:
        """The lines of each run, from start to start."""
        ends = [*self._starts[1:], len(self.lines)]
        return [self.lines[start:end] for start, end in zip(self._starts, ends, strict=True)]

    @property
    def is_running(self) -> bool:
        """Whether its process runs."""
        return self._process is not None and self._process.returncode is None

    @property
    def screen(self) -> PtyScreen:
        """The terminal that it runs on; raises `RuntimeError` without one."""
        if self._screen is None:
            message = "this kind of client runs without a terminal"
            raise RuntimeError(message)
        return self._screen

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._started().pid

    @property
    def environment(self) -> dict[str, str]:
        """The environment that makes any client share its home."""
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(("TEK_", "XDG_"))}
        folders = {
            f"XDG_{each}_HOME": str(self.home) for each in ("CONFIG", "DATA", "STATE", "CACHE")
        }
        return {
            **inherited,
            **folders,
            "HOME": str(self.home),
            "TEK_CONFIG": str(self._settings),
            "QT_QPA_PLATFORM": "offscreen",
            "TERM": "xterm-256color",
        }

    @property
    def command_to_show(self) -> Sequence[str]:
        """The command that shows, in a terminal, the session that this client used last."""
        return (*_COMMANDS["cli"], "--url", self.url, "--continue")

    @property
    def errors(self) -> str:
        """What it has written to standard error."""
        if self._screen is not None:
            return self._screen.written.decode(errors="replace")
        return (self.home / "err").read_text(errors="replace")

    @property
    def trouble(self) -> str:
        """Its standard error, for the message of a failed wait."""
        return f"stderr: {self.errors}"

    @property
    def output(self) -> str:
        """What it has written to standard output."""
        return (self.home / "out").read_text(errors="replace")

    def enter(self, text: str) -> None:
        """Have the user submit one line."""
        if self._screen is not None:
            self._screen.press(f"{text}\r")
            return
        stdin = self._started().stdin
        if stdin is None:
            message = "no standard input"
            raise RuntimeError(message)
        stdin.write(f"{text}\n".encode())

    def end_input(self) -> None:
        """End its input (Ctrl+D): it quits once everything is answered."""
        if self._screen is not None:
            self._screen.press("\x04")
            return
        stdin = self._started().stdin
        if stdin is not None:
            stdin.close()

    async def quit(self) -> int:
        """Send it SIGTERM, as a desktop or a terminal does, and return its exit code."""
        process = self._started()
        process.send_signal(signal.SIGTERM)
        async with deadline():
            return await process.wait()

    def strike(self) -> None:
        """Send it SIGKILL; does nothing if it has ended."""
        if self.is_running:
            # `Process.kill` would reap a process that has just died, and lose its exit code.
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)

    async def gone(self) -> int:
        """Return its exit code, negative for a signal, once it has ended and its trace was read."""
        async with deadline():
            while True:
                try:
                    await self.next_line()
                except ClientEnded:
                    return await self._started().wait()

    async def kill(self) -> None:
        """Kill it with SIGKILL, reap it and read the rest of its trace."""
        self.strike()
        await self.gone()

    async def aclose(self) -> None:
        """Kill and reap it, and delete its home."""
        self.strike()
        if self._reaping is not None:
            await self._reaping
        if self._pipe is not None:
            self._pipe.close()
        if self._screen is not None:
            self._screen.close()
        shutil.rmtree(self.home, ignore_errors=True)

    async def __aenter__(self) -> Self:
        """Start it."""
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close."""
        await self.aclose()

    async def _read_line(self) -> TraceLine:
        if self._trace is None:
            message = "the client was never started"
            raise RuntimeError(message)
        text = await self._trace.readline()
        if not text.endswith(b"\n"):  # else a line cut by a kill, or the end
            code = await self._started().wait()
            message = f"the client ended with {code}; {self.trouble}"
            raise ClientEnded(message)
        return read_line(text.decode())

    @property
    def _settings(self) -> Path:
        return self.home / "settings.toml"

    def _started(self) -> asyncio.subprocess.Process:
        if self._process is None:
            message = "the client was never started"
            raise RuntimeError(message)
        return self._process
