"""This machine's gateway is started, stopped and restarted by hand."""

import asyncio
import os

import pytest

from tek_chat.local.control import (
    ControlOutcome,
    ControlResult,
    GatewayNotStopped,
    find_gateway,
    local_url,
    restart_gateway,
    start_gateway,
    stop_gateway,
)
from tek_chat.local.spawn import GatewayNotStarted
from tek_local.runtime_file import RuntimeFile, runtime_path, write_runtime
from tek_testing.deadlines import deadline
from tek_testing.gateway.gateway_process import GatewayProcess

pytestmark = pytest.mark.usefixtures("home")


async def test_it_is_started_once_restarted_where_it_was_and_stopped() -> None:
    async with deadline(30):
        assert await local_url() == ""
        try:
            first = await start_gateway(port=0)
            assert first.gateway is not None
            assert str(first) == f"Started: {first.gateway}."
            assert await local_url() == first.gateway.runtime.url
            again = await start_gateway(port=0)
            assert again.outcome is ControlOutcome.RUNS
            runtime = first.gateway.runtime
            at = f"on port {runtime.port} (pid {runtime.pid})"
            assert str(again) == f"A gateway is already running {at}."
            stopped: list[ControlResult] = []
            second = await restart_gateway(stopped.append)
            assert [each.outcome for each in stopped] == [ControlOutcome.STOPPED]
            assert second.gateway is not None
            assert second.gateway.runtime.port == first.gateway.runtime.port
            assert second.gateway.health.instance != first.gateway.health.instance
        finally:
            await stop_gateway()
        assert await find_gateway() is None
        assert await stop_gateway() == ControlResult(ControlOutcome.NONE)


async def test_two_that_start_it_at_once_start_one() -> None:
    async with deadline(30):
        try:
            both = await asyncio.gather(start_gateway(port=0), start_gateway(port=0))
        finally:
            await stop_gateway()
    assert {each.outcome for each in both} == {ControlOutcome.STARTED, ControlOutcome.RUNS}
    assert len({each.gateway and each.gateway.runtime.instance for each in both}) == 1


async def test_a_start_that_is_cancelled_at_any_moment_leaves_the_way_free() -> None:
    try:
        for pause in range(0, 60, 6):
            starting = asyncio.create_task(start_gateway(port=0))
            for _ in range(pause):
                await asyncio.sleep(0)
            starting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await starting
        async with deadline(30):
            assert (await start_gateway(port=0)).gateway is not None
    finally:
        await stop_gateway()


async def test_what_was_stopped_is_told_even_if_it_cannot_be_started_again(
    standing: GatewayProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped: list[ControlResult] = []
    monkeypatch.setattr("tek_chat.local.control.DEFAULT_PORT", standing.port)
    async with deadline(30):
        with pytest.raises(GatewayNotStarted, match="is in use"):
            await restart_gateway(stopped.append)
    assert stopped == [ControlResult(ControlOutcome.NONE)]


async def test_a_process_that_is_no_gateway_is_left_alone() -> None:
    other = RuntimeFile(os.getpid(), 1, "2026-01-01T00:00:00Z", "none")
    write_runtime(runtime_path(), other)
    with pytest.raises(GatewayNotStopped, match=f"kill -9 {os.getpid()}"):
        await stop_gateway()
