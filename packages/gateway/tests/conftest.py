"""A gateway inside the test process, for what needs no process to be killed."""

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from pathlib import Path

import pytest

from tek_gateway.gateway import Settings, running
from tek_gateway.models import Model
from tek_gateway.models.echo import EchoModel
from tek_gateway.runtime import Runtime
from tek_gateway.testing import Client

Run = Callable[..., AbstractAsyncContextManager[Runtime]]
Serve = Callable[[Settings], AbstractAsyncContextManager[Runtime]]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Return those of an echo gateway in a folder of the test's own."""
    runtime = tmp_path / "config" / "runtime.json"
    return Settings("127.0.0.1", 0, tmp_path / "data", runtime, EchoModel())


@pytest.fixture
def serve() -> Serve:
    """Return what runs a gateway with settings of the test's choice."""
    return lambda settings: running(settings, stop=_nobody_stops_it)


@pytest.fixture
def run(settings: Settings, serve: Serve) -> Run:
    """Return what runs a gateway with models of the test's choice."""

    def gateway(model: Model, *others: Model) -> AbstractAsyncContextManager[Runtime]:
        return serve(replace(settings, model=model, others=others))

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
