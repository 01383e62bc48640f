"""A gateway inside the test process, for what needs no process to be killed."""

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from pathlib import Path

import pytest

from tek_gateway.gateway import GatewaySettings, running
from tek_gateway.models.echo import EchoModel
from tek_gateway.models.protocols import Model
from tek_local.runtime_file import RuntimeFile
from tek_testing.clients.wire_client import WireClient

Run = Callable[..., AbstractAsyncContextManager[RuntimeFile]]
Serve = Callable[[GatewaySettings], AbstractAsyncContextManager[RuntimeFile]]


@pytest.fixture
def settings(tmp_path: Path) -> GatewaySettings:
    """Return those of an echo gateway in a folder of the test's own."""
    runtime = tmp_path / "config" / "runtime.json"
    return GatewaySettings("127.0.0.1", 0, tmp_path / "data", runtime, EchoModel())


@pytest.fixture
def serve() -> Serve:
    """Return what runs a gateway with settings of the test's choice."""
    return lambda settings: running(settings, stop=_nobody_stops_it)


@pytest.fixture
def run(settings: GatewaySettings, serve: Serve) -> Run:
    """Return what runs a gateway with models of the test's choice."""

    def gateway(model: Model, *others: Model) -> AbstractAsyncContextManager[RuntimeFile]:
        return serve(replace(settings, model=model, others=others))

    return gateway


def _nobody_stops_it() -> None:
    pytest.fail("a gateway without an idle limit ended itself")


@pytest.fixture
async def gateway(run: Run) -> AsyncGenerator[RuntimeFile]:
    """Return a running echo gateway."""
    async with run(EchoModel()) as runtime:
        yield runtime


@pytest.fixture
async def client(gateway: RuntimeFile) -> AsyncGenerator[WireClient]:
    """Return a client of that gateway."""
    async with WireClient(gateway.url, "tek.v1") as dialled:
        yield dialled
