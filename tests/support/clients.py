"""The clients as a user runs them: real processes, driven by their input, watched by trace.

It must never look inside a client: what it knows stands in the trace and on the screen.
"""

import asyncio
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from pty_screen import PtyScreen
from tek_gateway.testing import deadline


class Line(msgspec.Struct, frozen=True):
    """One line of a trace: the fields that tests look at, and the whole of it as `text`."""

    event: str
    t: float
    id: str = ""
    attempt: int = -1
    delay: float = -1.0
    reason: str = ""
    uncertain: int = -1
    session_id: str = ""
    message: dict[str, object] = {}
    text: str = ""


KINDS = ("cli", "desktop", "tui")

_LINE = msgspec.json.Decoder(Line)
_BIN = Path(sys.executable).parent
_COMMANDS: Mapping[str, Sequence[str]] = {
    "cli": (str(_BIN / "tek-cli"), "chat"),
    "desktop": (str(_BIN / "tek-desktop"), "--drive"),
    "tui": (str(_BIN / "tek-cli"), "chat"),
}
PLAIN = ("--plain",)
"""Options of a gateway that knows nothing of resumption."""

FAST: Mapping[str, float] = {"base": 0.01, "cap": 0.3, "jitter": 0.3, "seed": 7}
"""The schedule of the real thing at a hundredth of its length, with a seeded die."""


def is_answer(message: Mapping[str, object]) -> bool:
    """Return whether `message` is a whole answer out of a session's log."""
    return message["type"] == "chat.message" and message.get("role") == "assistant"


@dataclass(slots=True)
class ClientProcess:
    """`tek-cli chat` or `tek-desktop --drive` in a process of its own, with a home of its own.

    The kind "tui" is `tek-cli chat` on a terminal. `lines` is its trace so far. `async with` starts
    it and always reaps it.
    """

    kind: str
    url: str
    reconnect: Mapping[str, float] = field(default_factory=lambda: dict(FAST))
    options: Sequence[str] = ()
    lines: list[Line] = field(default_factory=list[Line])
    home: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="tek-client-")))
    _read_up_to: int = 0
    _process: asyncio.subprocess.Process | None = None
    _trace: asyncio.StreamReader | None = None
    _pipe: asyncio.BaseTransport | None = None
    _screen: PtyScreen | None = None

    async def start(self) -> None:
        """Start it; its trace comes through a named pipe, so that each line is an event here."""
        settings = self.home / "settings.toml"
        values = "\n".join(f"{name} = {value}".lower() for name, value in self.reconnect.items())
        settings.write_text(f"[reconnect]\n{values}\n")
        trace = self.home / "trace"
        os.mkfifo(trace)
        # Opened for writing as well, so that there is no end of file before the client opens it.
        descriptor = os.open(trace, os.O_RDWR | os.O_NONBLOCK)
        self._trace = asyncio.StreamReader(limit=2**24)
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReaderProtocol(self._trace)
        self._pipe, _ = await loop.connect_read_pipe(lambda: reader, os.fdopen(descriptor, "rb", 0))
        command = (*_COMMANDS[self.kind], "--url", self.url, "--trace", str(trace), *self.options)
        if self.kind == "tui":
            self._process = await self._start_on_screen(command, self._environment(settings))
            return
        with (self.home / "out").open("wb") as out, (self.home / "err").open("wb") as errors:
            self._process = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.PIPE,
                stdout=out,
                stderr=errors,
                env=self._environment(settings),
            )

    @property
    def screen(self) -> PtyScreen:
        """The terminal that it runs on; raises `RuntimeError` if there is none."""
        if self._screen is None:
            message = "it runs on no terminal"
            raise RuntimeError(message)
        return self._screen

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._started().pid

    @property
    def errors(self) -> str:
        """What it has written to standard error."""
        if self._screen is not None:
            return self._screen.written.decode(errors="replace")
        return (self.home / "err").read_text(errors="replace")

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

    async def next(self, event: str, seconds: float = 15.0, **fields: object) -> Line:
        """Return the next line of `event` with these `fields`, after those returned before.

        Raises `TimeoutError` after `seconds`, scaled, with what came instead.
        """
        try:
            async with deadline(seconds):
                while True:
                    line = await self._next_line()
                    has_fields = all(getattr(line, k) == v for k, v in fields.items())
                    if line.event == event and has_fields:
                        return line
        except TimeoutError as error:
            seen = [each.event for each in self.lines[-12:]]
            message = f"no {event} {fields} within {seconds} s, but {seen}; stderr: {self.errors}"
            raise TimeoutError(message) from error

    async def heard(self, kind: str, request_id: str | None = None) -> None:
        """Return once the gateway has sent the next message of type `kind`, for `request_id`."""
        while True:
            message = (await self.next("received")).message
            if message["type"] == kind and request_id in {None, message.get("requestId")}:
                return

    async def ended(self, request_id: str) -> None:
        """Return once the answer to `request_id` is whole."""
        while True:
            message = (await self.next("received")).message
            is_end = message["type"] in {"chat.stream.end", "error"} or is_answer(message)
            if is_end and message.get("requestId") == request_id:
                return

    async def chat(self, text: str) -> str:
        """Submit `text` and return the whole answer that the client got."""
        self.enter(text)
        asked = (await self.next("queued")).id
        await self.ended(asked)
        return self.answer_to(asked)

    def answer_to(self, request_id: str) -> str:
        """Return the text of the answer to `request_id` so far, as its messages spell it."""
        text = ""
        messages = (each.message for each in self.lines if each.event == "received")
        for message in messages:
            if message.get("requestId") != request_id:
                continue
            if message["type"] == "chat.stream.start" and message.get("attempt", 1) != 1:
                text = text[: int(str(message["offset"]))]
            elif message["type"] == "chat.stream.delta":
                text += str(message["delta"])
            elif is_answer(message):
                text = str(message["content"])
        return text

    async def quit(self) -> int:
        """Ask it to end as the desktop or terminal would, and return its exit code."""
        process = self._started()
        process.send_signal(signal.SIGTERM)
        async with deadline():
            return await process.wait()

    async def close(self) -> None:
        """Kill and reap it, and delete its home."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()
        if self._pipe is not None:
            self._pipe.close()
        if self._screen is not None:
            self._screen.close()
        shutil.rmtree(self.home, ignore_errors=True)

    async def __aenter__(self) -> Self:
        """Start it."""
        await self.start()
        return self

    async def __aexit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close."""
        await self.close()

    async def _start_on_screen(
        self, command: Sequence[str], environment: Mapping[str, str]
    ) -> asyncio.subprocess.Process:
        self._screen = screen = PtyScreen()
        await screen.open()
        end = screen.descriptor
        return await asyncio.create_subprocess_exec(
            *command, stdin=end, stdout=end, stderr=end, env=environment
        )

    async def _next_line(self) -> Line:
        if self._read_up_to == len(self.lines):
            text = (await self._read_line()).decode()
            self.lines.append(msgspec.structs.replace(_LINE.decode(text), text=text))
        self._read_up_to += 1
        return self.lines[self._read_up_to - 1]

    async def _read_line(self) -> bytes:
        """Return the next line of the pipe; raises `RuntimeError` if the client ends instead."""
        if self._trace is None:
            message = "the client was never started"
            raise RuntimeError(message)
        line = asyncio.ensure_future(self._trace.readline())
        end = asyncio.ensure_future(self._started().wait())
        try:
            await asyncio.wait({line, end}, return_when=asyncio.FIRST_COMPLETED)
            if line.done():
                return await line
        finally:
            line.cancel()
            end.cancel()
        message = f"the client ended with {self._started().returncode}; stderr: {self.errors}"
        raise RuntimeError(message)

    def _started(self) -> asyncio.subprocess.Process:
        if self._process is None:
            message = "the client was never started"
            raise RuntimeError(message)
        return self._process

    def _environment(self, settings: Path) -> dict[str, str]:
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(("TEK_", "XDG_"))}
        folders = {
            f"XDG_{each}_HOME": str(self.home) for each in ("CONFIG", "DATA", "STATE", "CACHE")
        }
        return {
            **inherited,
            **folders,
            "HOME": str(self.home),
            "TEK_CONFIG": str(settings),
            "QT_QPA_PLATFORM": "offscreen",
            "TERM": "xterm-256color",
        }
