"""The `gateway` commands as they are typed."""

import json
import os
import signal
import sys
from collections.abc import Generator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tek_local.runtime_file import read_runtime, runtime_path

if TYPE_CHECKING:
    from conftest import Inside


@pytest.fixture(autouse=True)
def swept() -> Generator[None]:
    """End whatever gateway the test leaves in its home."""
    yield
    runtime = read_runtime(runtime_path())
    if runtime is not None:
        with suppress(ProcessLookupError):
            os.kill(runtime.pid, signal.SIGKILL)


async def test_a_gateway_is_looked_after_from_the_command_line(inside: "Inside") -> None:
    assert (await inside.run("gateway", "start", "--port", "0")).out.startswith("Started: ws://")
    status = await inside.run("gateway", "status", "--json")
    assert (status.code, json.loads(status.out)["reachable"]) == (0, True)
    assert (await inside.run("gateway", "restart")).out.count("\n") == 2
    assert len((await inside.run("gateway", "logs", "-n", "3")).out.splitlines()) == 3
    assert (await inside.run("gateway", "stop")).out.startswith("Stopped: ws://")
    assert (await inside.run("gateway", "status")).code == 3


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere it is another file, and no unit")
async def test_the_system_is_told_to_keep_a_gateway_running(inside: "Inside") -> None:
    done = await inside.run("gateway", "install", "--", "--port", "4000")
    file = Path.home() / ".config/systemd/user/tek-gateway.service"
    assert done.code == 0
    assert done.out.splitlines()[0] == f"Written: {file}"
    assert "systemctl --user enable --now tek-gateway.service" in done.out
    assert '"--port" "4000"' in file.read_text()


async def test_a_wrong_option_is_told_before_anything_is_written(inside: "Inside") -> None:
    done = await inside.run("gateway", "install", "--", "--prot", "4000")
    assert done.code == 2
    assert "--prot" in done.err
    assert not (Path.home() / ".config/systemd").exists()
