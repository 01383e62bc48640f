"""A real window on an X server: a keyboard types while the gateway is killed."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from shutil import which

import msgspec
import pytest

from reconnect_core import Phase
from tek_chat import Client
from tek_testing.deadlines import deadline
from tek_testing.gateway.gateway_process import GatewayProcess

TEK_DESKTOP = Path(sys.executable).parent / "tek-desktop"
NEEDED = {"Xvfb": "xvfb", "xdotool": "xdotool"}


@pytest.fixture
async def screen() -> AsyncGenerator[Mapping[str, str]]:
    """Yield the environment of a virtual X screen."""
    missing = [package for command, package in NEEDED.items() if which(command) is None]
    if missing:
        pytest.skip(f"no X server to test on: apt install {' '.join(missing)}")
    output, source = os.pipe()
    server = await asyncio.create_subprocess_exec(
        *("Xvfb", "-displayfd", str(source), "-screen", "0", "1280x800x24", "-nolisten", "tcp"),
        stderr=asyncio.subprocess.DEVNULL,
        pass_fds=[source],
    )
    os.close(source)
    with os.fdopen(output) as answer:
        number = await asyncio.to_thread(answer.readline)
    yield {**os.environ, "DISPLAY": f":{number.strip()}", "QT_QPA_PLATFORM": "xcb"}
    server.terminate()
    await server.wait()


@dataclass(slots=True)
class Keyboard:
    """A keyboard for the window that has the focus."""

    environment: Mapping[str, str]

    async def run(self, *arguments: str) -> str:
        """Run xdotool, and return its output."""
        process = await asyncio.create_subprocess_exec(
            "xdotool", *arguments, env=self.environment, stdout=asyncio.subprocess.PIPE
        )
        said, _ = await process.communicate()
        assert process.returncode == 0, arguments
        return said.decode().strip()

    async def say(self, text: str) -> None:
        """Type a message and press Enter."""
        await self.run("type", "--delay", "2", text)
        await self.run("key", "Return")


class Line(msgspec.Struct, frozen=True):
    """A line of the trace: the fields that this test uses."""

    event: str
    session_id: str = ""
    message: dict[str, object] = {}

    @property
    def request(self) -> str:
        """The id of the message that it answers."""
        return str(self.message.get("requestId", ""))

    @property
    def ends_an_answer(self) -> bool:
        """Whether it ends an answer."""
        kind, role = self.message.get("type"), self.message.get("role")
        return kind == "chat.stream.end" or (kind == "chat.message" and role == "assistant")


_LINE = msgspec.json.Decoder(Line)


@dataclass(slots=True)
class Window:
    """A running tek-desktop and its trace so far."""

    process: asyncio.subprocess.Process
    trace: asyncio.StreamReader
    lines: list[Line] = field(default_factory=list[Line])

    async def event(self, name: str) -> Line:
        """Return the next line with the event `name`."""
        while line := await self.trace.readline():
            self.lines.append(_LINE.decode(line))
            if self.lines[-1].event == name:
                return self.lines[-1]
        pytest.fail(f"the trace ended without {name}")

    async def answered(self, number: int) -> None:
        """Return once `number` messages are answered."""
        ended = {each.request for each in self.lines if each.ends_an_answer}
        while len(ended) < number:
            line = await self.event("received")
            if line.ends_an_answer:
                ended.add(line.request)

    @property
    def session_id(self) -> str:
        """The id of the only session."""
        (opened,) = {each.session_id for each in self.lines if each.event == "sessionopened"}
        return opened


@asynccontextmanager
async def opened(url: str, environment: Mapping[str, str], home: Path) -> AsyncGenerator[Window]:
    """Start tek-desktop with a fast backoff; kill it after the block if it still runs."""
    settings = home / "settings.toml"
    settings.write_text("[reconnect]\nbase = 0.05\ncap = 0.5\n")
    output, source = os.pipe()
    names = ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME")
    process = await asyncio.create_subprocess_exec(
        TEK_DESKTOP,
        *("--url", url, "--trace", f"/dev/fd/{source}"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**environment, **dict.fromkeys(names, str(home)), "TEK_CONFIG": str(settings)},
        pass_fds=[source],
    )
    os.close(source)
    reader = asyncio.StreamReader(limit=2**24)
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(output, "rb", 0)
    )
    try:
        yield Window(process, reader)
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGKILL)
            await process.wait()


@pytest.mark.parametrize("kills", [3, pytest.param(100, marks=pytest.mark.slow)])
async def test_nothing_typed_while_the_gateway_is_killed_is_lost(
    screen: Mapping[str, str], tmp_path: Path, kills: int
) -> None:
    keyboard, said = Keyboard(screen), list[str]()
    async with (
        GatewayProcess() as gateway,
        deadline(30 + 5 * kills),
        opened(gateway.url, screen, tmp_path) as window,
    ):
        await window.event("online")
        found = await keyboard.run("search", "--sync", "--onlyvisible", "--name", "Tek")
        await keyboard.run("windowfocus", "--sync", found.splitlines()[-1])
        for number in range(kills):
            for text in (f"/delay 5 /count {30 + number}", f"meanwhile {number}"):
                await keyboard.say(text)
                said.append(text)
                if text.startswith("/delay"):
                    await window.event("sent")
                    await gateway.kill()
            await gateway.start()
        await window.answered(len(said))
        await keyboard.run("key", "ctrl+q")
        await window.event("closed")
        output, errors = await window.process.communicate()
        view = await read(gateway.url, window.session_id)
    assert window.process.returncode == 0
    assert (output, errors) == (b"", b""), "no warning from Qt, and no traceback"
    assert view == [(text, _echo(text)) for text in said], "each once, in order, and whole"


async def read(url: str, session_id: str) -> list[tuple[str, str]]:
    """Return the messages of a session and their answers, as the gateway has them."""
    async with Client(url, session_id=session_id) as client, aclosing(client.views()) as views:
        async for view in views:
            if view.exchanges and view.is_settled and view.connection.phase is Phase.ONLINE:
                break
        shown = client.view.exchanges
        return [(each.text, each.answer.text if each.answer else "") for each in shown]


def _echo(text: str) -> str:
    if not text.startswith("/delay"):
        return text
    return " ".join(str(each) for each in range(1, int(text.rsplit(maxsplit=1)[-1]) + 1))
