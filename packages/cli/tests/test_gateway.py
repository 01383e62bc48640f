"""This machine's own gateway, looked after from the command line, in a home of its own."""

import os
import signal
from collections.abc import Generator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tek_chat.local.control import find_gateway
from tek_cli.actions import gateway_service
from tek_cli.actions.gateway_log import print_log
from tek_cli.actions.gateway_status import show_local_status, show_status
from tek_cli.exit_codes import Exit
from tek_local.runtime_file import RuntimeFile, read_runtime, runtime_path, write_runtime
from tek_testing.deadlines import deadline
from tek_testing.faults.refusing_listener import Http, RefusingListener

if TYPE_CHECKING:
    from conftest import Cli, Inside

Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def swept() -> Generator[None]:
    """End whatever gateway the test leaves in its home."""
    yield
    runtime = read_runtime(runtime_path())
    if runtime is not None and runtime.pid != os.getpid():
        with suppress(ProcessLookupError):
            os.kill(runtime.pid, signal.SIGKILL)


async def test_a_gateway_is_started_found_restarted_and_stopped(capsys: Capture) -> None:
    async with deadline(40):
        assert await gateway_service.start_service(0) is Exit.OK
        first = await find_gateway()
        assert first is not None
        assert capsys.readouterr().out == f"Started: {first}.\n"

        assert await gateway_service.start_service(0) is Exit.OK
        at = f"on port {first.runtime.port} (pid {first.runtime.pid})"
        assert capsys.readouterr().out == f"A gateway is already running {at}.\n"

        assert await gateway_service.restart_service() is Exit.OK
        second = await find_gateway()
        assert second is not None
        assert second.runtime.port == first.runtime.port
        assert second.runtime.instance != first.runtime.instance
        assert capsys.readouterr().out == f"Stopped: {first}.\nStarted: {second}.\n"

        assert await show_local_status(as_json=False) is Exit.OK
        assert "state     reachable\n" in capsys.readouterr().out

        assert print_log(2, follow=False) is Exit.OK
        assert len(capsys.readouterr().out.splitlines()) == 2

        assert await gateway_service.stop_service() is Exit.OK
        assert capsys.readouterr().out == f"Stopped: {second}.\n"
        assert await find_gateway() is None


async def test_there_is_nothing_to_stop(capsys: Capture) -> None:
    assert await gateway_service.stop_service() is Exit.OK
    assert capsys.readouterr().out == "No gateway is running on this computer.\n"


async def test_a_process_that_does_not_answer_as_the_gateway_is_never_signalled(
    capsys: Capture,
) -> None:
    write_runtime(runtime_path(), RuntimeFile(os.getpid(), 9, "2026-01-01T00:00:00Z", "old"))
    assert await gateway_service.stop_service() is Exit.FAILED
    assert f"kill -9 {os.getpid()}" in capsys.readouterr().err


async def test_a_gateway_that_cannot_start_says_why(echo: RuntimeFile, capsys: Capture) -> None:
    assert await gateway_service.start_service(echo.port) is Exit.FAILED
    assert f"Error: port {echo.port} on 127.0.0.1 is in use" in capsys.readouterr().err


async def test_a_chat_without_an_address_starts_this_machines_gateway(cli: "Cli") -> None:
    ran = await cli.run(stdin="hi\n")
    assert (ran.code, ran.out) == (0, "hi\n")


async def test_the_logs_are_followed_into_the_next_file(cli: "Cli", home: Path) -> None:
    log = home / "data" / "tek" / "gateway" / "gateway.log"
    log.parent.mkdir(parents=True)
    log.write_text("one\ntwo\n")
    async with cli.started("gateway", "logs", "-n", "1", "--follow") as following:
        await following.out.until("two\n")
        with log.open("a") as file:
            file.write("three\n")
        await following.out.until("three\n")
        log.rename(log.with_suffix(".log.1"))
        log.write_text("four\n")
        await following.out.until("four\n")
        following.process.send_signal(signal.SIGINT)
        ran = await following.ended()
    assert (ran.code, ran.out, ran.err) == (130, "two\nthree\nfour\n", "")


def test_logs_that_are_not_there_are_an_error(capsys: Capture) -> None:
    assert print_log(10, follow=False) is Exit.FAILED
    assert "cannot read the log" in capsys.readouterr().err


# ---- Status ------------------------------------------------------------------------------------


async def test_a_status_starts_no_gateway(capsys: Capture) -> None:
    assert await show_status(None, as_json=False) is Exit.UNREACHABLE
    assert "not running" in capsys.readouterr().out
    assert await find_gateway() is None


async def test_a_named_gateway_is_tried(echo: RuntimeFile, capsys: Capture) -> None:
    async with deadline():
        assert await show_status(echo.url, as_json=True) is Exit.OK
    told = capsys.readouterr().out
    assert '"origin":"--url"' in told
    assert '"reachable":true' in told
    assert '"sessions":0' in told


async def test_a_gateway_that_is_away_or_none_says_so(capsys: Capture) -> None:
    async with deadline():
        assert await show_status("ws://127.0.0.1:9", as_json=False) is Exit.UNREACHABLE
    assert "not reachable: connection refused" in capsys.readouterr().out
    async with RefusingListener(Http(404)) as listener, deadline():
        assert await show_status(listener.url, as_json=False) is Exit.UNREACHABLE
    assert "HTTP 404 Not Found; check host, port and path" in capsys.readouterr().out


async def test_an_address_in_the_environment_is_named(
    inside: "Inside", echo: RuntimeFile, capsys: Capture
) -> None:
    inside.patch.setenv("TEK_URL", echo.url)
    async with deadline():
        assert await show_status(None, as_json=False) is Exit.OK
    assert f"{echo.url} (TEK_URL)" in capsys.readouterr().out
