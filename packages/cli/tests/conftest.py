"""`tek-cli` as its users run it: inside the test where that is enough, else as a process.

Only what needs a terminal, a signal or a start of the interpreter is worth a process.
"""

import asyncio
import io
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator, Generator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

import keyring
import pytest
from keyring.backends import fail

from tek_cli.actions.answering import AskRequest, OutputForm, answer
from tek_cli.chat_mode import run_chat
from tek_cli.exit_codes import Exit
from tek_cli.main import main
from tek_gateway.gateway import GatewaySettings, running
from tek_gateway.models.echo import EchoModel
from tek_local.runtime_file import RuntimeFile
from tek_testing.deadlines import deadline
from tek_testing.gateway.gateway_process import GatewayProcess

COMMAND = Path(sys.executable).with_name("tek-cli")
_QUICK = "[reconnect]\nbase = 0.05\ncap = 0.2\n"


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[dict[str, object]]:
        """Standard output as JSON Lines."""
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass
class Stream:
    """What came out so far, read when a test asks for it."""

    reader: asyncio.StreamReader
    text: str = ""

    async def until(self, expected: str, *, limit: float = 15.0) -> str:
        """Return everything, as soon as `expected` is in it."""
        async with deadline(limit):
            while expected not in self.text:
                assert await self._more(), f"ended without {expected!r}: {self.text!r}"
        return self.text

    async def rest(self, *, limit: float = 15.0) -> str:
        """Return everything, at the end."""
        async with deadline(limit):
            while await self._more():
                pass
        return self.text

    async def _more(self) -> bool:
        try:
            chunk = await self.reader.read(65_536)
        except OSError:  # the other end of a terminal is closed
            chunk = b""
        self.text += chunk.decode()
        return bool(chunk)


@dataclass
class Running:
    """A command that runs. On a terminal, `out` is all that the screen was sent."""

    process: Process
    out: Stream
    err: Stream
    terminal: int | None = None

    async def type(self, text: str) -> None:
        """Type, or write to standard input."""
        if self.terminal is not None:
            os.write(self.terminal, text.encode())
        elif self.process.stdin is not None:
            self.process.stdin.write(text.encode())
            await self.process.stdin.drain()

    async def close_input(self) -> None:
        """End standard input: with Ctrl+D on a terminal."""
        if self.terminal is not None:
            await self.type("\x04")
        elif self.process.stdin is not None:
            self.process.stdin.close()
            await self.process.stdin.wait_closed()

    async def ended(self, *, limit: float = 15.0) -> Ran:
        """Return how it ended, once it has."""
        out, err = await asyncio.gather(self.out.rest(limit=limit), self.err.rest(limit=limit))
        async with deadline(limit):
            return Ran(await self.process.wait(), out, err)


@dataclass
class Cli:
    """The installed command, in the home of the test."""

    home: Path
    variables: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def environment(self) -> dict[str, str]:
        """What the command is started with."""
        return {**os.environ, "TERM": "xterm", **self.variables}

    @property
    def runtime(self) -> Mapping[str, object]:
        """The runtime file of the home's gateway."""
        text = (self.home / "config" / "tek" / "runtime.json").read_text()
        found: dict[str, object] = json.loads(text)
        return found

    async def run(self, *arguments: str, stdin: str = "", limit: float = 20.0) -> Ran:
        """Run to the end."""
        async with self.started(*arguments) as running:
            await running.type(stdin)
            await running.close_input()
            return await running.ended(limit=limit)

    async def run_unread(self, *arguments: str, stdin: str = "") -> Ran:
        """Run with a standard output that is closed at the other end."""
        ours, its = os.pipe()
        os.close(ours)
        process = await asyncio.create_subprocess_exec(
            COMMAND, *arguments, stdin=PIPE, stdout=its, stderr=PIPE, env=self.environment
        )
        os.close(its)
        async with deadline(20):
            _, err = await process.communicate(stdin.encode())
        return Ran(process.returncode or 0, "", err.decode())

    @asynccontextmanager
    async def started(self, *arguments: str) -> AsyncGenerator[Running]:
        """Start it with pipes; kill it if it is left running."""
        process = await asyncio.create_subprocess_exec(
            COMMAND, *arguments, stdin=PIPE, stdout=PIPE, stderr=PIPE, env=self.environment
        )
        assert process.stdout is not None
        assert process.stderr is not None
        try:
            yield Running(process, Stream(process.stdout), Stream(process.stderr))
        finally:
            await _reap(process)

    @asynccontextmanager
    async def on_terminal(self, *arguments: str) -> AsyncGenerator[Running]:
        """Start it on a terminal of its own, where Ctrl+C is a signal."""
        ours, its = os.openpty()
        process = await asyncio.create_subprocess_exec(
            *("setsid", "--ctty", "--wait", str(COMMAND)),
            *arguments,
            stdin=its,
            stdout=its,
            stderr=its,
            env=self.environment,
        )
        os.close(its)
        screen = asyncio.StreamReader()
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(screen), os.fdopen(os.dup(ours), "rb", 0)
        )
        nothing = asyncio.StreamReader()
        nothing.feed_eof()
        try:
            yield Running(process, Stream(screen), Stream(nothing), terminal=ours)
        finally:
            os.close(ours)
            transport.close()
            await _reap(process)


async def _reap(process: Process) -> None:
    if process.returncode is None:
        process.kill()
    await process.communicate()


@dataclass
class Chatting:
    """A chat in line mode that runs inside the test."""

    chat: asyncio.Task[Exit]
    out: Stream
    err: Stream
    typing: TextIO

    async def type(self, text: str) -> None:
        """Write to standard input."""
        await asyncio.to_thread(self.typing.write, text)
        await asyncio.to_thread(self.typing.flush)

    async def close_input(self) -> None:
        """End standard input."""
        await asyncio.to_thread(self.typing.close)

    async def ended(self, *, limit: float = 15.0) -> Ran:
        """Return how it ended, once it has."""
        out, err = await asyncio.gather(self.out.rest(limit=limit), self.err.rest(limit=limit))
        return Ran(await self.chat, out, err)


async def _reader_of(descriptor: int) -> tuple[asyncio.StreamReader, asyncio.ReadTransport]:
    reader = asyncio.StreamReader()
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(descriptor, "rb", 0)
    )
    return reader, transport


@dataclass(frozen=True)
class Inside:
    """The commands, run inside the test."""

    capsys: pytest.CaptureFixture[str]
    patch: pytest.MonkeyPatch

    async def ask(  # noqa: PLR0913 - each is an option
        self,
        text: str,
        url: str | None,
        *,
        session_id: str = "",
        wait: float = 10.0,
        timeout: float | None = None,  # noqa: ASYNC109 - it is the option of that name
        as_json: bool = False,
        streams: bool = False,
        file: Path | None = None,
    ) -> Ran:
        """Ask, and return what was written."""
        request = AskRequest(text, url, session_id, wait, timeout)
        async with deadline(30):
            code = await answer(request, OutputForm(as_json, streams, file))
        return self._ran(code)

    async def chat(self, lines: str, url: str, *, session_id: str = "") -> Ran:
        """Chat through a pipe, and return what was written."""
        reading, writing = os.pipe()
        with os.fdopen(reading) as stdin, os.fdopen(writing, "w") as typing:
            self.patch.setattr(sys, "stdin", stdin)
            typed = asyncio.create_task(asyncio.to_thread(_type, typing, lines))
            async with deadline(60):
                code = await run_chat(url, session_id, ())
                await typed
        return self._ran(code)

    @asynccontextmanager
    async def chatting(self, url: str) -> AsyncGenerator["Chatting"]:
        """Chat through pipes while the test goes on; end the chat with the block."""
        typed, out, err = os.pipe(), os.pipe(), os.pipe()
        with (
            os.fdopen(typed[0]) as stdin,
            os.fdopen(typed[1], "w") as typing,
            os.fdopen(out[1], "w") as stdout,
            os.fdopen(err[1], "w") as stderr,
            pytest.MonkeyPatch.context() as patch,
        ):
            for name, stream in (("stdin", stdin), ("stdout", stdout), ("stderr", stderr)):
                patch.setattr(sys, name, stream)
            chat = asyncio.create_task(run_chat(url, "", ()))
            chat.add_done_callback(lambda _: (stdout.close(), stderr.close()))
            shown, told = await _reader_of(out[0]), await _reader_of(err[0])
            try:
                yield Chatting(chat, Stream(shown[0]), Stream(told[0]), typing)
            finally:
                chat.cancel()
                await asyncio.wait([chat])
                shown[1].close()
                told[1].close()

    async def run(self, *arguments: str, stdin: str = "") -> Ran:
        """Run a command line in a thread, beside the gateway of the test."""
        self.patch.setattr(sys, "stdin", io.StringIO(stdin))
        async with deadline(30):
            code = await asyncio.to_thread(main, arguments)
        return self._ran(code)

    def _ran(self, code: int) -> Ran:
        written = self.capsys.readouterr()
        return Ran(code, written.out, written.err)


def _type(typing: TextIO, lines: str) -> None:
    with typing:
        typing.write(lines)


@pytest.fixture(autouse=True, scope="session")
def interruptible() -> Generator[None]:
    """Undo what a shell does to its background jobs: they, and their children, ignore Ctrl+C."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a home of the test's own, with settings for quick reconnects."""
    for name in [name for name in os.environ if name.startswith("TEK_")]:
        if name != "TEK_TEST_TIMEOUT_SCALE":
            monkeypatch.delenv(name)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    keyring.set_keyring(fail.Keyring())
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("OLLAMA_HOST", "127.0.0.1:1")  # what the machine has, nobody asks
    for folder in ("config", "data", "state", "cache"):
        monkeypatch.setenv(f"XDG_{folder.upper()}_HOME", str(tmp_path / folder))
    settings = tmp_path / "config" / "tek" / "settings.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text(_QUICK)
    return tmp_path


@pytest.fixture
def cli(home: Path) -> Cli:
    """Return the installed command."""
    return Cli(home)


@pytest.fixture
def inside(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Inside:
    """Return the commands."""
    return Inside(capsys, monkeypatch)


@pytest.fixture
async def echo(tmp_path: Path) -> AsyncGenerator[RuntimeFile]:
    """Return a gateway inside the test, for what needs none to be killed."""
    folder = tmp_path / "echo"
    settings = GatewaySettings("127.0.0.1", 0, folder, folder / "runtime.json", EchoModel())
    async with running(settings, stop=_nobody_stops_it) as runtime:
        yield runtime


def _nobody_stops_it() -> None:
    pytest.fail("a gateway without an idle limit ended itself")


@pytest.fixture
async def gateway() -> AsyncGenerator[GatewayProcess]:
    """Return a gateway that can be killed."""
    async with GatewayProcess() as process:
        yield process


@pytest.fixture
async def plain_gateway() -> AsyncGenerator[GatewayProcess]:
    """Return a gateway that can be killed, and knows nothing of resumption."""
    async with GatewayProcess(options=["--plain"]) as process:
        yield process
