"""Whatever it is at, the window goes within a second, and leaves nothing behind."""

import asyncio
import signal
import socket
from collections.abc import Generator
from contextlib import ExitStack, suppress

import filelock
import pytest

from tek_chat.local.control import stop_gateway
from tek_chat.local.discovery import find_or_start_local
from tek_local.runtime_file import config_dir
from tek_testing.deadlines import deadline
from tek_testing.desktop.running_window import WindowEnded, quits, start
from tek_testing.faults.refusing_listener import Http, RefusingListener, Reset
from tek_testing.gateway.gateway_process import GatewayProcess

NOWHERE = "ws://127.0.0.1:1/gateway"


@pytest.fixture
def black_hole() -> Generator[str]:
    """Return the address of a port that answers no dial: whoever may wait there waits already."""
    with ExitStack() as stack:
        port = stack.enter_context(socket.socket())
        port.bind(("127.0.0.1", 0))
        port.listen(0)
        for _ in range(3):
            caller = stack.enter_context(socket.socket())
            caller.settimeout(0)
            with suppress(BlockingIOError):
                caller.connect(port.getsockname())
        yield f"ws://127.0.0.1:{port.getsockname()[1]}/gateway"


# ---- Whatever the connection is at -------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_it_quits_while_it_waits(number: signal.Signals) -> None:
    async with RefusingListener(Reset()) as listener, deadline():
        client = await start("--url", listener.url)
        await client.event("waiting")
        await quits(client, number)


async def test_it_quits_while_it_is_blocked() -> None:
    async with RefusingListener(Http(404)) as listener, deadline():
        client = await start("--url", listener.url)
        await client.event("blocked")
        await quits(client, signal.SIGTERM)


async def test_it_quits_while_it_connects() -> None:
    async def keep_silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    silent = await asyncio.start_server(keep_silent, "127.0.0.1", 0)
    port = silent.sockets[0].getsockname()[1]
    async with silent, deadline():
        client = await start("--url", f"ws://127.0.0.1:{port}")
        await client.event("connecting")
        await quits(client, signal.SIGTERM)


async def test_it_quits_while_an_answer_is_streaming() -> None:
    async with GatewayProcess() as gateway, deadline():
        client = await start("--url", gateway.url, "--drive")
        client.say("/delay 20 /count 1000")
        await client.event("chat.stream.delta")
        await quits(client, signal.SIGTERM)


async def test_it_quits_while_the_gateway_is_frozen() -> None:
    async with GatewayProcess() as gateway, deadline():
        client = await start("--url", gateway.url)
        await client.event("online")
        gateway.pause()
        await quits(client, signal.SIGTERM)


async def test_what_waits_when_it_quits_is_sent_after_the_next_start() -> None:
    async with GatewayProcess() as gateway, deadline(30):
        await gateway.kill()
        first = await start("--url", gateway.url, "--drive")
        first.say("for later")
        await first.event("queued")
        await quits(first, signal.SIGTERM)
        await gateway.start()
        second = await start("--url", gateway.url, "--drive")
        await second.event("chat.stream.end")
        second.hang_up()
        assert await second.ended() == WindowEnded(0, "", "")


async def test_it_quits_while_it_dials_a_black_hole(black_hole: str) -> None:
    async with deadline():
        client = await start("--url", black_hole)
        await client.event("connecting")
        await quits(client, signal.SIGTERM)


async def test_it_quits_while_its_gateway_is_being_started() -> None:
    async with deadline(30):
        client = await start()
        await client.event("connecting")
        await quits(client, signal.SIGTERM)
        with suppress(OSError):  # it comes up all the same, unless it was too early for that
            await find_or_start_local()
        await stop_gateway()


async def test_it_quits_while_it_waits_for_another_to_start_the_gateway() -> None:
    config_dir().mkdir(parents=True)
    with filelock.FileLock(config_dir() / "gateway.lock"):
        async with deadline():
            client = await start()
            await client.event("connecting")
            await quits(client, signal.SIGTERM)


# ---- Whatever the user is at -------------------------------------------------------------------


@pytest.mark.parametrize("act", ["checks", "gateway", "token", "settings", "delete", "questions"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGUSR1], ids=["signal", "Ctrl+Q"])
async def test_it_quits_whatever_its_user_is_at(
    act: str, number: signal.Signals, black_hole: str
) -> None:
    config_dir().mkdir(parents=True)
    keyring = {"PYTHON_KEYRING_BACKEND": "tek_testing.desktop.silent_keyring.Keyring"}
    program = ["-m", "tek_testing.desktop.scripted_user", act]
    with filelock.FileLock(config_dir() / "gateway.lock"):  # nobody starts one so soon
        async with deadline(20):
            client = await start("--url", black_hole, environment=keyring, program=program)
            assert client.process.stdout is not None
            assert await client.process.stdout.readline() == b"ready\n"
            await quits(client, number)
