"""What every contract test is given: a gateway, a gate before it, and each client in turn."""

from collections.abc import AsyncIterator

import pytest

from clients import FAST, KINDS, ClientProcess
from gate import Gate
from tek_gateway.testing import GatewayProcess


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    """Return each client in turn."""
    return str(request.param)


@pytest.fixture
async def gateway() -> AsyncIterator[GatewayProcess]:
    """Yield a running gateway with a home of its own."""
    async with GatewayProcess() as process:
        yield process


@pytest.fixture
async def gate(gateway: GatewayProcess) -> AsyncIterator[Gate]:
    """Yield an open door before the gateway."""
    async with Gate(gateway.port) as door:
        yield door


@pytest.fixture
def reconnect(request: pytest.FixtureRequest) -> dict[str, float]:
    """Return the fast schedule, with resumption for tests that are marked so."""
    return {**FAST, "resume": request.node.get_closest_marker("resume") is not None}


@pytest.fixture
async def client(
    kind: str, gateway: GatewayProcess, reconnect: dict[str, float]
) -> AsyncIterator[ClientProcess]:
    """Yield a client that is online."""
    async with ClientProcess(kind, gateway.url, reconnect) as process:
        await process.next("online")
        yield process
