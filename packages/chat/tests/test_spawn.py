"""Gateways that outlive whoever starts them."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeAlias

import psutil
import pytest

from tek_chat.local.spawn import GatewayNotStarted, start_local
from tek_local.runtime_file import RuntimeFile, data_dir, read_runtime, runtime_path
from tek_testing.clients.wire_client import WireClient
from tek_testing.gateway.gateway_process import GatewayProcess

EndOf: TypeAlias = Callable[[int], Awaitable[None]]


def the_runtime() -> RuntimeFile:
    runtime = read_runtime(runtime_path())
    assert runtime is not None
    return runtime


@pytest.mark.usefixtures("home")
async def test_a_started_gateway_answers_logs_privately_and_is_nobodys_child() -> None:
    children = psutil.Process().children()
    url = start_local(port=0)
    assert url == the_runtime().url
    async with WireClient(url) as client:
        await client.ask({"type": "session.list", "id": "1"})
    gateway = psutil.Process(the_runtime().pid)
    assert gateway.ppid() != os.getpid()
    assert psutil.Process().children() == children
    assert os.getsid(gateway.pid) != os.getsid(0)
    log = data_dir() / "gateway.log"
    assert "started at" in log.read_text()
    assert log.stat().st_mode & 0o077 == 0


@pytest.mark.usefixtures("home")
async def test_it_ends_when_its_last_client_has_gone(end_of: EndOf) -> None:
    url = start_local(port=0, stop_when_idle=0.2)
    pid = the_runtime().pid
    async with WireClient(url):
        pass
    await end_of(pid)
    assert not runtime_path().exists()


@pytest.mark.usefixtures("home")
async def test_a_busy_port_is_told_in_the_gateways_own_words(standing: GatewayProcess) -> None:
    with pytest.raises(GatewayNotStarted, match=f"^port {standing.port} .* is in use"):
        start_local(port=standing.port)


@pytest.mark.usefixtures("home")
def test_a_second_gateway_for_the_same_folder_is_refused() -> None:
    start_local(port=0)
    with pytest.raises(GatewayNotStarted, match="another gateway uses it"):
        start_local(port=0)


@pytest.mark.usefixtures("home")
async def test_a_gateway_that_does_not_get_ready_is_ended(end_of: EndOf) -> None:
    data_dir().mkdir(parents=True)
    os.mkfifo(data_dir() / "gateway.log")  # it waits until somebody reads its log
    with pytest.raises(GatewayNotStarted, match=r"the gateway was not ready within 0\.5 s"):
        start_local(port=0, ready_within=0.5)
    for process in psutil.process_iter():
        if _is_here(process):
            await end_of(process.pid)


def _is_here(process: psutil.Process) -> bool:
    with suppress(psutil.Error):
        return any(str(data_dir()) in word for word in process.cmdline())
    return False


def test_a_folder_that_cannot_be_made_is_an_error_of_the_system(home: Path) -> None:
    (home / "data").write_text("a file")
    with pytest.raises(OSError, match=r"Not a directory|File exists"):
        start_local(port=0)


HIDDEN = """
import importlib.machinery, sys
from pathlib import Path
find = importlib.machinery.PathFinder.find_spec
importlib.machinery.PathFinder.find_spec = classmethod(
    lambda cls, name, *rest: None if name == "tek_gateway" else find(name, *rest)
)
from tek_chat.local.spawn import GatewayNotStarted, start_local
try:
    start_local(port=0)
except GatewayNotStarted as error:
    print(error)
"""


async def test_without_an_installed_gateway_the_error_says_what_to_do() -> None:
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", HIDDEN, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await child.communicate()
    assert output.decode() == (
        "No gateway is installed here."
        " Install tek-gateway, or name a gateway with --url or TEK_URL.\n"
    )
