"""Which gateway it is to be, and that there is only one of them."""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeAlias

import filelock
import pytest

from reconnect_core import InvalidURL
from tek_chat import Address, Origin, Settings, find_address
from tek_chat.local.discovery import find_local, find_or_start_local, starting_alone
from tek_chat.local.spawn import GatewayNotStarted, start_local
from tek_local.runtime_file import (
    RuntimeFile,
    config_dir,
    read_runtime,
    runtime_path,
    write_runtime,
)
from tek_testing.deadlines import deadline
from tek_testing.gateway.gateway_process import GatewayProcess

EndOf: TypeAlias = Callable[[int], Awaitable[None]]

# ---- The address -----------------------------------------------------------------------------

OPTION, VARIABLE, SETTING = "ws://option", "ws://variable", "ws://setting"


@pytest.mark.parametrize(
    ("option", "variable", "setting", "address"),
    [
        (OPTION, VARIABLE, SETTING, Address("ws://option/gateway", Origin.OPTION)),
        (None, VARIABLE, SETTING, Address("ws://variable/gateway", Origin.ENVIRONMENT)),
        (None, "", SETTING, Address("ws://setting/gateway", Origin.SETTINGS)),
        (None, None, "", Address(find_or_start_local, Origin.LOCAL)),
    ],
)
def test_the_strongest_origin_wins(
    option: str | None, variable: str | None, setting: str, address: Address
) -> None:
    environment = {} if variable is None else {"TEK_URL": variable}
    assert find_address(option, environment, Settings(setting)) == address


def test_a_wrong_address_says_where_it_came_from() -> None:
    with pytest.raises(InvalidURL, match=r"\A--url: .*expected ws://HOST"):
        find_address("host", {}, Settings())
    with pytest.raises(InvalidURL, match=r"\ATEK_URL: .*expected ws://HOST"):
        find_address(None, {"TEK_URL": "http://host"}, Settings())


# ---- This machine's gateway ------------------------------------------------------------------


@pytest.mark.usefixtures("home")
async def test_there_is_none_without_a_runtime_file() -> None:
    assert await find_local() is None


@pytest.mark.usefixtures("home")
async def test_a_running_gateway_is_found() -> None:
    url = start_local(port=0)
    assert await find_local() == url


@pytest.mark.usefixtures("home")
async def test_a_gateway_that_is_gone_is_not_found_though_its_file_is_there() -> None:
    async with GatewayProcess() as gateway:
        runtime = read_runtime(gateway.runtime_path)
    assert runtime is not None
    write_runtime(runtime_path(), runtime)
    assert await find_local() is None


@pytest.mark.usefixtures("home")
async def test_another_gateway_at_the_same_port_is_not_taken_for_it(
    standing: GatewayProcess,
) -> None:
    write_runtime(runtime_path(), RuntimeFile(standing.pid, standing.port, "now", "another"))
    assert await find_local() is None


NO_RUNTIMES = [
    "",
    "{",
    "[]",
    "null",
    '{"pid":1}',
    '{"pid":-1,"port":1,"startedAt":"x","instance":"x"}',
    '{"pid":1,"port":1,"startedAt":"x","instance":"x","host":"evil/?"}',
    "x" * 100_000,
]


@pytest.mark.parametrize("text", NO_RUNTIMES, ids=range(len(NO_RUNTIMES)))
async def test_a_runtime_file_that_makes_no_sense_is_none(home: Path, text: str) -> None:
    del home
    config_dir().mkdir(parents=True)
    runtime_path().write_text(text)
    assert await find_local() is None


@pytest.mark.usefixtures("home")
async def test_a_pipe_in_the_place_of_the_runtime_file_holds_nobody_up() -> None:
    config_dir().mkdir(parents=True)
    os.mkfifo(runtime_path())
    async with deadline():
        assert await find_local() is None


@pytest.mark.usefixtures("home")
async def test_it_is_started_once_and_found_from_then_on() -> None:
    url = await find_or_start_local()
    first = read_runtime(runtime_path())
    assert await find_or_start_local() == url
    assert read_runtime(runtime_path()) == first


@pytest.mark.usefixtures("home")
async def test_it_is_started_again_when_it_has_died(end_of: EndOf) -> None:
    await find_or_start_local()
    first = read_runtime(runtime_path())
    assert first is not None
    os.kill(first.pid, signal.SIGKILL)
    await end_of(first.pid)
    url = await find_or_start_local()
    second = read_runtime(runtime_path())
    assert second is not None
    assert second.url == url
    assert second.instance != first.instance


@pytest.mark.usefixtures("home")
async def test_clients_that_start_it_at_the_same_moment_get_the_same_one() -> None:
    tasks = [asyncio.create_task(_found_by_a_process()) for _ in range(3)]
    async with deadline(20):
        urls = [*await asyncio.gather(*tasks), *await asyncio.gather(*_found_here(2))]
    assert set(urls) == {await find_local()}


def _found_here(count: int) -> list[asyncio.Task[str]]:
    return [asyncio.create_task(find_or_start_local()) for _ in range(count)]


async def _found_by_a_process() -> str:
    code = (
        "import asyncio, tek_chat.local.discovery as d; print(asyncio.run(d.find_or_start_local()))"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate()
    return output.decode().strip()


@pytest.mark.usefixtures("home")
async def test_starters_in_one_process_wait_for_one_another() -> None:
    async with deadline():
        urls = await asyncio.gather(*_found_here(3))
    assert set(urls) == {await find_local()}


@pytest.mark.usefixtures("home")
async def test_a_starter_that_is_cancelled_at_any_moment_leaves_the_lock_free() -> None:
    for pause in range(0, 60, 3):
        starter = asyncio.create_task(find_or_start_local())
        for _ in range(pause):
            await asyncio.sleep(0)
        starter.cancel()
        with pytest.raises(asyncio.CancelledError):
            await starter
    async with deadline():
        assert await find_or_start_local() == await find_local()


@pytest.mark.usefixtures("home")
async def test_a_starter_gives_up_on_another_that_takes_for_ever() -> None:
    config_dir().mkdir(parents=True)
    lock = filelock.FileLock(config_dir() / "gateway.lock")
    with lock, pytest.raises(GatewayNotStarted, match="another client has been starting"):
        await find_or_start_local(lock_timeout=0.1)


@pytest.mark.usefixtures("home")
async def test_a_starter_that_waits_for_another_can_be_cancelled() -> None:
    config_dir().mkdir(parents=True)
    with filelock.FileLock(config_dir() / "gateway.lock"), pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await find_or_start_local()
    async with deadline():
        assert await find_or_start_local() == await find_local()


async def test_the_reason_why_a_gateway_did_not_start_is_reported(home: Path) -> None:
    (home / "data").write_text("a file where a folder should be")
    with pytest.raises(OSError, match=r"Not a directory|File exists"):
        await find_or_start_local()
    (home / "data").unlink()
    assert await find_or_start_local()


@pytest.mark.usefixtures("home")
async def test_nobody_starts_a_gateway_while_another_starts_alone() -> None:
    async with starting_alone():
        with pytest.raises(GatewayNotStarted, match="another client has been starting"):
            await find_or_start_local(lock_timeout=0.1)
    async with deadline():
        assert await find_or_start_local()
