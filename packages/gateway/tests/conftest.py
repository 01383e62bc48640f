"""A gateway inside the test process, for what needs no process to be killed."""

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from tek_gateway.gateway import Settings, running
from tek_gateway.models import Model
from tek_gateway.models.echo import EchoModel
from tek_gateway.runtime import Runtime
from tek_gateway.testing import Client

Run = Callable[..., AbstractAsyncContextManager[Runtime]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Return what runs a gateway with models of the test's choice."""

    def gateway(model: Model, *others: Model) -> AbstractAsyncContextManager[Runtime]:
        folder = tmp_path / "data"
        runtime = tmp_path / "config" / "runtime.json"
        settings = Settings("127.0.0.1", 0, folder, runtime, model, others=others)
        return running(settings, stop=_nobody_stops_it)

    return gateway


def _nobody_stops_it() -> None:
    pytest.fail("a gateway without an idle limit ended itself")


@pytest.fixture
async def gateway(run: Run) -> AsyncGenerator[Runtime]:
    """Return a running echo gateway."""
    async with run(EchoModel()) as runtime:
        yield runtime


@pytest.fixture
async def client(gateway: Runtime) -> AsyncGenerator[Client]:
    """Return a client of that gateway."""
    async with Client(gateway.url, "tek.v1") as dialled:
        yield dialled
