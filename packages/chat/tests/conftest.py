"""A home of their own for tests that start gateways, and waiting without sleeping."""

import asyncio
import os
import select
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import aclosing, suppress
from pathlib import Path
from typing import TypeAlias

import psutil
import pytest

from reconnect_core import Backoff
from tek_chat import Client, View
from tek_testing.deadlines import deadline, scaled
from tek_testing.gateway.gateway_process import GatewayProcess

EndOf: TypeAlias = Callable[[int], Awaitable[None]]
Until: TypeAlias = Callable[[Client, Callable[[View], object]], Awaitable[View]]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Path]:
    """Return a home without settings and gateway; a gateway that a test leaves there is ended."""
    for name in ("TEK_URL", "TEK_TOKEN", "TEK_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("OLLAMA_HOST", "127.0.0.1:1")  # what the machine has, nobody asks
    for name in ("CONFIG", "DATA", "STATE", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    yield tmp_path
    for gateway in _gateways_of(tmp_path):
        gateway.kill()


def _gateways_of(home: Path) -> list[psutil.Process]:
    """Return the gateways that were started in `home`, and no other process whatever."""
    found: list[psutil.Process] = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            is_gateway = "tek_gateway" in process.cmdline()
            if is_gateway and process.environ().get("HOME") == str(home):
                found.append(process)
    return found


@pytest.fixture
def end_of() -> EndOf:
    """Return what waits until a process has ended, though nobody may have reaped it yet."""

    async def ended(pid: int) -> None:
        descriptor = os.pidfd_open(pid)
        try:
            end = select.poll()
            end.register(descriptor, select.POLLIN)
            assert await asyncio.to_thread(end.poll, scaled(10_000))
        finally:
            os.close(descriptor)

    return ended


@pytest.fixture(scope="session")
def standing() -> Generator[GatewayProcess]:
    """Return a running gateway that no test may stop, nor mind the sessions of others in."""
    process = GatewayProcess()
    asyncio.run(process.start())
    yield process
    asyncio.run(process.aclose())


@pytest.fixture
async def gateway() -> AsyncGenerator[GatewayProcess]:
    """Return a running gateway to kill and restart."""
    async with GatewayProcess() as process:
        yield process


@pytest.fixture
async def plain_gateway() -> AsyncGenerator[GatewayProcess]:
    """Return a gateway that can be killed, and knows nothing of resumption."""
    async with GatewayProcess(options=["--plain"]) as process:
        yield process


@pytest.fixture
def swift() -> Backoff:
    """Return a schedule for people in a hurry."""
    return Backoff(base=0.02, cap=0.1)


@pytest.fixture
def until() -> Until:
    """Return what waits for a view that fits."""

    async def shown(client: Client, fits: Callable[[View], object]) -> View:
        try:
            async with deadline(), aclosing(client.views()) as views:
                async for view in views:
                    if fits(view):
                        return view
        except TimeoutError:
            pytest.fail(f"it never came to that, but to {client.view}")
        pytest.fail(f"the client ended with {client.view}")

    return shown
