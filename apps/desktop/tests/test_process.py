"""The command as a user runs it: a process, its output, its exit code."""

import asyncio
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tek_testing.deadlines import deadline
from tek_testing.desktop.running_window import WindowEnded, quits, start
from tek_testing.faults.refusing_listener import Http, RefusingListener
from tek_testing.gateway.gateway_process import GatewayProcess

NO_DISPLAY = {"QT_QPA_PLATFORM": "", "DISPLAY": "", "WAYLAND_DISPLAY": ""}
NOWHERE = "ws://127.0.0.1:1/gateway"


async def run(*options: str, environment: Mapping[str, str] | None = None) -> WindowEnded:
    async with deadline():
        return await (await start(*options, environment=environment)).ended()


# ---- Without a window --------------------------------------------------------------------------


@pytest.mark.parametrize("option", ["--version", "--help"])
async def test_what_needs_no_window_needs_no_display(option: str) -> None:
    ended = await run(option, environment=NO_DISPLAY)
    assert ended.code == 0
    assert "tek-desktop" in ended.output
    assert "--drive" not in ended.output
    assert ended.errors == ""


async def test_the_command_line_is_read_without_loading_anything_heavy() -> None:
    code = "import sys, tek_desktop.main; print({'PySide6', 'qasync', 'tek_chat'} & {*sys.modules})"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE
    )
    assert (await process.communicate())[0].decode().strip() == "set()"


async def test_without_a_display_it_says_so_and_does_not_abort() -> None:
    ended = await run("--url", NOWHERE, environment=NO_DISPLAY)
    assert ended.code == 1
    assert ended.errors.startswith("tek-desktop: no display")
    assert ended.errors.count("\n") == 1


async def test_without_qts_libraries_it_says_what_to_install(tmp_path: Path) -> None:
    package = tmp_path / "PySide6"
    package.mkdir()
    (package / "__init__.py").write_text("raise ImportError('libEGL.so.1: cannot open')")
    ended = await run("--url", NOWHERE, environment={"PYTHONPATH": str(tmp_path)})
    assert ended.code == 1
    assert "libEGL.so.1" in ended.errors
    assert "apt install" in ended.errors
    assert ended.errors.count("\n") == 1


@pytest.mark.parametrize("url", ["nonsense", "http://127.0.0.1", "ws://", "ws://host:port"])
async def test_a_malformed_address_is_answered_with_what_is_expected(url: str) -> None:
    ended = await run("--url", url, environment=NO_DISPLAY)
    assert ended.code == 2
    assert "expected ws://" in ended.errors
    assert ended.errors.count("\n") == 1


async def test_settings_that_cannot_be_understood_are_named(tmp_path: Path) -> None:
    settings = tmp_path / "settings.toml"
    settings.write_text("[reconnect]\nbase = 'soon'\n")
    ended = await run(environment={"TEK_CONFIG": str(settings)})
    assert ended.code == 2
    assert str(settings) in ended.errors
    assert ended.errors.count("\n") == 1


async def test_a_trace_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    ended = await run("--url", NOWHERE, "--trace", str(tmp_path / "no" / "where"))
    assert ended.code == 2
    assert "no/where" in ended.errors
    assert ended.errors.count("\n") == 1


# ---- Driven by standard input ------------------------------------------------------------------


async def test_every_line_is_submitted_and_the_end_of_input_ends_it_when_all_is_answered() -> None:
    async with GatewayProcess() as gateway, deadline():
        client = await start("--url", gateway.url, "--drive")
        for line in ("/count 300", "two", "three"):
            client.say(line)
        client.hang_up()
        for _ in range(3):
            await client.event("chat.stream.end")
        await client.event("closed")
        assert await client.ended() == WindowEnded(0, "", "")


async def test_an_empty_line_tries_now() -> None:
    async with RefusingListener(Http(404)) as listener, deadline():
        client = await start("--url", listener.url, "--drive")
        await client.event("blocked")
        client.say("")
        await listener.dials(2)
        client.hang_up()
        assert await client.ended() == WindowEnded(0, "", "")


# ---- More than one start -----------------------------------------------------------------------


async def test_a_second_start_ends_and_the_first_window_stays() -> None:
    async with RefusingListener(Http(404)) as listener, deadline(20):
        first = await start("--url", listener.url)
        await first.event("blocked")
        assert await (await start("--url", listener.url)).ended() == WindowEnded(0, "", "")
        assert first.process.returncode is None
        await quits(first, signal.SIGTERM)


async def test_after_a_window_was_killed_the_next_start_opens_one() -> None:
    async with RefusingListener(Http(404)) as listener, deadline(20):
        first = await start("--url", listener.url)
        await first.event("blocked")
        first.process.kill()
        await first.ended()
        second = await start("--url", listener.url)
        await second.event("blocked")
        await quits(second, signal.SIGTERM)
