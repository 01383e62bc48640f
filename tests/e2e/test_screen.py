"""The chat screen in a terminal, as a user sees it, while its gateway is killed."""

import os
import signal
from collections.abc import AsyncIterator

import pytest

from tek_testing.clients.chat_clients import ClientProcess
from tek_testing.gateway.gateway_process import GatewayProcess

COUNTED = 200
PROMPT = "Enter sends"


@pytest.fixture
async def gateway() -> AsyncIterator[GatewayProcess]:
    """Yield a running gateway."""
    async with GatewayProcess() as process:
        yield process


@pytest.fixture
async def client(gateway: GatewayProcess) -> AsyncIterator[ClientProcess]:
    """Yield a chat screen that is ready for input."""
    async with ClientProcess("tui", gateway.url) as process:
        await process.screen.until(PROMPT)
        yield process


def numbers_on(screen: str) -> list[int]:
    """Return the numbers of a counted answer on the screen, in order."""
    lines = [line.strip(" │▌▂▃▄▅▆▇█") for line in screen.splitlines()]
    counts = [line.split() for line in lines if line and all(w.isdecimal() for w in line.split())]
    return [int(word) for line in counts for word in line]


async def test_an_answer_is_whole_on_the_screen_though_the_gateway_was_killed(
    client: ClientProcess, gateway: GatewayProcess
) -> None:
    screen = client.screen
    client.enter(f"/delay 10 /count {COUNTED}")
    await screen.until(" 30 31 ")
    await gateway.kill()
    await screen.until("paused: continues when the gateway is back")
    client.enter("typed while it was away")
    await screen.until("○ queued")
    await gateway.start()
    await screen.until(f" {COUNTED - 1} {COUNTED}")
    await screen.until("5 in, 5 out")
    assert numbers_on(screen.text) == list(range(1, COUNTED + 1))
    assert screen.text.count("typed while it was away") == 2


async def test_leaving_with_messages_that_wait_says_that_they_are_saved(
    client: ClientProcess, gateway: GatewayProcess
) -> None:
    await gateway.kill()
    await client.next("waiting")
    client.enter("for later")
    await client.screen.until("○ queued")
    client.screen.press("\x04")
    assert await client.gone() == 0
    assert "1 message is saved and will be sent at the next start" in client.errors
    await gateway.start()
    client.options = ("--continue",)
    await client.start()
    await client.screen.until("2 in, 2 out")
    assert client.screen.text.count("for later") == 2


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
async def test_a_signal_leaves_the_terminal_as_it_was(
    client: ClientProcess, number: signal.Signals
) -> None:
    os.kill(client.pid, number)
    assert await client.gone() == -number
    assert "\x1b[?1049l" in client.errors, "the terminal is left on the alternate screen"
    assert "Traceback" not in client.errors


async def test_several_kills_leave_the_screen_as_if_nothing_had_happened(
    client: ClientProcess, gateway: GatewayProcess
) -> None:
    client.enter("/delay 10 /count 300")
    for seen in (" 40 41 ", " 120 121 "):
        await client.screen.until(seen)
        await gateway.kill()
        await client.next("waiting")
        await gateway.start()
    await client.screen.until(" 299 300")
    await client.screen.until("300 out")
    assert numbers_on(client.screen.text) == list(range(1, 301))
