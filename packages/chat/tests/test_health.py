"""Whether the gateway that the runtime file names is alive, whoever listens there now."""

import asyncio
import json
import os
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress

import pytest

from tek_chat.local.health import Health, read_health
from tek_local.runtime_file import RuntimeFile, read_runtime
from tek_testing.deadlines import deadline
from tek_testing.gateway.gateway_process import GatewayProcess

OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"


@asynccontextmanager
async def listening(
    answer: Callable[[asyncio.StreamWriter], object],
) -> AsyncGenerator[RuntimeFile]:
    """Listen, answer each request, and name the address as the gateway `mine`."""
    met: list[asyncio.Task[None]] = []

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            answer(writer)
            await reader.read()
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        met.append(asyncio.create_task(meet(reader, writer)))

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    async with server:
        try:
            yield RuntimeFile(os.getpid(), server.sockets[0].getsockname()[1], "now", "mine")
        finally:
            await asyncio.gather(*met)


def saying(text: bytes) -> Callable[[asyncio.StreamWriter], object]:
    def say(writer: asyncio.StreamWriter) -> None:
        writer.write(text)
        writer.write_eof()

    return say


async def test_a_gateway_tells_how_it_is(standing: GatewayProcess) -> None:
    runtime = read_runtime(standing.runtime_path)
    assert runtime is not None
    health = await read_health(runtime)
    assert health is not None
    assert (health.instance, health.pid) == (standing.instance, standing.pid)


async def test_nobody_there_is_no_health() -> None:
    async with listening(saying(OK)) as runtime:
        pass
    assert await read_health(runtime) is None


async def test_the_answer_may_hold_more_than_is_known() -> None:
    body = json.dumps({"instance": "mine", "mood": "good"}).encode()
    async with listening(saying(OK + body)) as runtime:
        assert await read_health(runtime) == Health("mine")


@pytest.mark.parametrize(
    "text",
    [
        b"",
        OK,
        OK + b"[]",
        OK + b'{"instance":"another"}',
        OK + b'{"instance":"mine","pid":"x"}',
        OK + b'{"instance":"mine"}' + b" " * 70_000,
        b"HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n" + b'{"instance":"mine"}',
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"\xff" * 1_000,
    ],
)
async def test_any_other_answer_is_no_health(text: bytes) -> None:
    async with listening(saying(text)) as runtime, deadline():
        assert await read_health(runtime) is None


def _silence(_: asyncio.StreamWriter) -> None:
    """Say nothing, and stay."""


def _a_byte_at_a_time(writer: asyncio.StreamWriter) -> None:
    loop = asyncio.get_running_loop()

    def more() -> None:
        if not writer.transport.is_closing():
            writer.write(b"H")
            loop.call_later(0.05, more)

    more()


async def test_whoever_takes_too_long_is_given_up() -> None:
    async with listening(_silence) as silent, listening(_a_byte_at_a_time) as slow, deadline(6):
        assert await asyncio.gather(read_health(silent), read_health(slow)) == [None, None]


@pytest.mark.parametrize("host", ["::1", "fe80::1%nowhere", "a..b", "0.0.0.0"])  # noqa: S104 - only dialled
async def test_no_host_is_too_odd_to_be_asked(host: str) -> None:
    async with deadline():
        assert await read_health(RuntimeFile(os.getpid(), 9, "now", "mine", host)) is None
