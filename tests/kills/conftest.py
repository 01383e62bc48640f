"""What every test of a kill is given, and how many kills there were in the end."""

from collections import Counter
from collections.abc import AsyncIterator

import pytest

from tek_testing.clients.chat_clients import PATIENT
from tek_testing.gateway.gateway_process import GatewayProcess

_KILLS = pytest.StashKey[Counter[str]]()


def pytest_configure(config: pytest.Config) -> None:
    """Begin to count."""
    config.stash[_KILLS] = Counter()


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say how many processes were killed, and which."""
    kills = config.stash[_KILLS]
    each = ", ".join(f"{count} x {name}" for name, count in sorted(kills.items()))
    terminalreporter.write_line(f"{kills.total()} kills: {each or 'none'}")


@pytest.fixture
def kills(request: pytest.FixtureRequest) -> Counter[str]:
    """Return the count of processes that died of SIGKILL, by their names; tests add to it."""
    return request.config.stash[_KILLS]


@pytest.fixture(params=PATIENT)
def kind(request: pytest.FixtureRequest) -> str:
    """Return each client in turn."""
    return str(request.param)


@pytest.fixture
async def gateway() -> AsyncIterator[GatewayProcess]:
    """Yield a gateway with a home of its own, not yet started."""
    process = GatewayProcess()
    try:
        yield process
    finally:
        await process.close()
