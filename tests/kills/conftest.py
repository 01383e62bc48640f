"""Count the processes that were killed, and report the count after the run."""

from collections import Counter
from collections.abc import Sequence

import pytest

from tek_testing.clients.chat_clients import PATIENT

_KILLS = pytest.StashKey[Counter[str]]()


def pytest_configure(config: pytest.Config) -> None:
    """Start the count."""
    config.stash[_KILLS] = Counter()


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Print how many processes of each kind were killed."""
    kills = config.stash[_KILLS]
    each = ", ".join(f"{count} x {name}" for name, count in sorted(kills.items()))
    terminalreporter.write_line(f"{kills.total()} kills: {each or 'none'}")


@pytest.fixture
def kills(request: pytest.FixtureRequest) -> Counter[str]:
    """Return the count of processes that died of SIGKILL, by name; tests add to it."""
    return request.config.stash[_KILLS]


@pytest.fixture
def kinds() -> Sequence[str]:
    """Return the clients that go through a test at the same time."""
    return PATIENT
