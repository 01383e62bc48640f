"""Which clients the contract tests run with."""

from collections.abc import Sequence

import pytest

from tek_testing.clients.chat_clients import PATIENT


@pytest.fixture(
    params=[
        pytest.param(PATIENT, id="cli+desktop"),
        # The parity test runs it every time, and shows that it does the same as the others.
        pytest.param(("tui",), id="tui", marks=pytest.mark.slow),
    ]
)
def kinds(request: pytest.FixtureRequest) -> Sequence[str]:
    """Return the clients that go through a test at the same time."""
    return tuple(request.param)
