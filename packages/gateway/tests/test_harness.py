"""The harness itself: a gateway that is always reaped, and a listener that refuses."""

import asyncio
import time
from pathlib import Path

import psutil
import pytest
from websockets.exceptions import InvalidStatus

from tek_protocol.chat import ChatSend
from tek_testing.clients.wire_client import WireClient
from tek_testing.deadlines import deadline
from tek_testing.faults.refusing_listener import (
    AcceptThenClose,
    Close,
    Http,
    RefusingListener,
    Reset,
)
from tek_testing.gateway.gateway_process import GatewayProcess
from tek_testing.gateway.ports import free_port


async def test_a_process_is_reaped_and_its_home_removed_whatever_happens() -> None:
    process = GatewayProcess()
    with pytest.raises(ZeroDivisionError):
        async with process:
            raise ZeroDivisionError

    assert process.returncode == -9
    assert not psutil.pid_exists(process.pid)
    assert not process.home.exists()


async def test_a_frozen_process_is_reaped_too() -> None:
    async with GatewayProcess() as process:
        process.pause()

    assert not psutil.pid_exists(process.pid)


async def test_a_frozen_process_answers_nothing_until_it_goes_on() -> None:
    async with GatewayProcess() as process, WireClient(process.url) as client:
        process.pause()
        assert psutil.Process(process.pid).status() == psutil.STATUS_STOPPED
        await client.send(ChatSend("m-1", "Hello"))

        process.resume()

        assert (await client.answer("m-1"))[1] == "Hello"


async def test_a_frozen_process_can_be_told_to_stop() -> None:
    async with GatewayProcess() as process:
        process.pause()
        assert await process.terminate() == 0


async def test_a_start_that_fails_raises_with_the_log(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    process = GatewayProcess(options=[f"--data-dir={tmp_path / 'file'}"])

    with pytest.raises(RuntimeError, match="cannot keep sessions"):
        async with process:
            pytest.fail("it started")

    assert not process.home.exists()


async def test_a_stop_that_takes_too_long_is_a_kill_and_an_error() -> None:
    async with GatewayProcess() as process:
        process.pause()
        with pytest.raises(RuntimeError, match="did not end"):
            await process.wait(0.1)
        assert process.returncode == -9


async def test_what_makes_no_sense_is_refused() -> None:
    process = GatewayProcess()
    for use in (lambda: process.pid, lambda: process.instance, process.pause, process.resume):
        with pytest.raises(RuntimeError):
            use()
    async with process:
        with pytest.raises(RuntimeError):
            await process.start()
        await process.kill()
        await process.kill()
        with pytest.raises(RuntimeError):
            process.pause()


async def test_two_processes_share_nothing() -> None:
    one, two = GatewayProcess(), GatewayProcess()
    try:
        assert one.url != two.url
        assert one.environment.keys() == two.environment.keys()
        assert not set(one.environment.values()) & set(two.environment.values())
    finally:
        await one.aclose()
        await two.aclose()


def test_a_port_lies_below_those_that_the_system_gives_away() -> None:
    assert all(1024 <= free_port() < 32_768 for _ in range(20))


async def dial(listener: RefusingListener) -> tuple[bytes, OSError | None]:
    """Return what a bare TCP client is told, and how that ends."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", listener.port)
    except OSError as error:
        return b"", error
    try:
        async with deadline():
            return await reader.read(), None
    except OSError as error:
        return b"", error
    finally:
        writer.close()


async def test_a_dial_can_be_reset() -> None:
    async with RefusingListener(Reset()) as listener:
        _, error = await dial(listener)

        assert isinstance(error, ConnectionResetError)


async def test_a_dial_can_be_closed() -> None:
    async with RefusingListener(Close()) as listener:
        assert await dial(listener) == (b"", None)


@pytest.mark.parametrize("status", [401, 404, 426, 503])
async def test_a_dial_can_be_answered_with_a_status(status: int) -> None:
    async with RefusingListener(Http(status, {"Retry-After": "7"})) as listener:
        with pytest.raises(InvalidStatus) as refused:
            async with WireClient(listener.url):
                pytest.fail("the handshake succeeded")

        assert refused.value.response.status_code == status
        assert refused.value.response.headers["Retry-After"] == "7"


@pytest.mark.parametrize(("code", "seen"), [(1000, 1000), (1012, 1012), (4401, 4401), (None, 1005)])
async def test_a_dial_can_be_accepted_and_closed(code: int | None, seen: int) -> None:
    async with (
        RefusingListener(AcceptThenClose(code)) as listener,
        WireClient(listener.url, "tek.v1") as client,
    ):
        assert await client.closed() == seen


async def test_every_dial_is_timed() -> None:
    before = time.monotonic()
    async with RefusingListener(Reset()) as listener:
        for _ in range(3):
            await dial(listener)
        times = await listener.dials(3)

    assert len(times) == 3
    assert before <= times[0] <= times[1] <= times[2] <= time.monotonic()


async def test_a_dial_that_does_not_come_is_not_awaited_for_ever() -> None:
    async with RefusingListener(Reset()) as listener:
        with pytest.raises(TimeoutError):
            await listener.dials(1, limit=0.05)


async def test_the_refusal_may_change_between_dials() -> None:
    async with RefusingListener(Reset()) as listener:
        assert (await dial(listener))[1] is not None
        listener.refusal = Close()
        assert (await dial(listener))[1] is None


async def test_a_gateway_can_take_the_place_of_a_listener() -> None:
    async with RefusingListener(Close(), port=free_port()) as listener:
        await dial(listener)
        port = listener.port
    async with GatewayProcess(port=port) as process, WireClient(process.url) as client:
        assert (await client.chat(ChatSend("m-1", "here")))[1] == "here"
