"""What every contract test is given: a gateway, a gate before it, and each client in turn."""

from collections.abc import AsyncIterator

import pytest

from tek_testing.clients.chat_clients import KINDS, PLAIN, ClientProcess
from tek_testing.faults.gate import Gate
from tek_testing.gateway.gateway_process import GatewayProcess


@pytest.fixture(
    # The parity test runs all three every time, and shows that they do the same.
    params=[pytest.param(each, marks=pytest.mark.slow) if each == "tui" else each for each in KINDS]
)
def kind(request: pytest.FixtureRequest) -> str:
    """Return each client in turn."""
    return str(request.param)


@pytest.fixture
async def gateway(request: pytest.FixtureRequest) -> AsyncIterator[GatewayProcess]:
    """Yield a running gateway with a home of its own; tests marked `resume` get one that can."""
    resumes = request.node.get_closest_marker("resume") is not None
    async with GatewayProcess(options=() if resumes else PLAIN) as process:
        yield process


@pytest.fixture
async def gate(gateway: GatewayProcess) -> AsyncIterator[Gate]:
    """Yield an open door before the gateway."""
    async with Gate(gateway.port) as door:
        yield door


@pytest.fixture
async def client(kind: str, gateway: GatewayProcess) -> AsyncIterator[ClientProcess]:
    """Yield a client that is online."""
    async with ClientProcess(kind, gateway.url) as process:
        await process.next("online")
        yield process
