"""This machine's gateway is started, stopped and restarted by hand."""

import os

import pytest

from tek_chat.local_gateway import (
    GatewayNotStopped,
    find_gateway,
    local_url,
    restart_gateway,
    start_gateway,
    stop_gateway,
)
from tek_gateway.runtime import Runtime, runtime_path, write_runtime
from tek_gateway.testing import deadline

pytestmark = pytest.mark.usefixtures("home")


async def test_it_is_started_once_restarted_where_it_was_and_stopped() -> None:
    async with deadline(30):
        assert await local_url() == ""
        try:
            await start_gateway(port=0)
            first = await find_gateway()
            assert first is not None
            assert await local_url() == first.runtime.url
            await start_gateway(port=0)
            again = await find_gateway()
            assert again is not None
            assert again.health.instance == first.health.instance
            await restart_gateway()
            second = await find_gateway()
            assert second is not None
            assert second.runtime.port == first.runtime.port
            assert second.health.instance != first.health.instance
        finally:
            await stop_gateway()
        assert await find_gateway() is None
        assert await stop_gateway() is None


async def test_a_process_that_is_no_gateway_is_left_alone() -> None:
    other = Runtime(os.getpid(), 1, "2026-01-01T00:00:00Z", "none")
    write_runtime(runtime_path(), other)
    with pytest.raises(GatewayNotStopped):
        await stop_gateway()
