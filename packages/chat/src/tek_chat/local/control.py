"""Starts, stops and restarts the gateway on this computer on the user's request.

Only a process that has just answered as that gateway gets a signal.
"""

import asyncio
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from tek_chat.local.discovery import Starter, starting_alone
from tek_chat.local.health import Health, read_health
from tek_chat.local.process import RunningProcess
from tek_local.runtime_file import RuntimeFile, data_dir, read_runtime, runtime_path
from tek_protocol.envelope import DEFAULT_PORT

_STOPPED_WITHIN = 10.0
"""Seconds; a gateway stops within one."""


class GatewayNotStopped(OSError):
    """The gateway did not stop, or did not answer as a gateway; the text says what to do."""


@dataclass(frozen=True, slots=True)
class LocalGateway:
    """A gateway of this user that is running and answers."""

    runtime: RuntimeFile
    health: Health

    def __str__(self) -> str:
        """Return its address and process ID."""
        return f"{self.runtime.url} (pid {self.runtime.pid})"


class ControlOutcome(StrEnum):
    """The result of a request to start or stop the gateway."""

    STARTED = "Started"
    RUNS = "A gateway is already running"
    STOPPED = "Stopped"
    NONE = "No gateway is running on this computer"


@dataclass(frozen=True, slots=True)
class ControlResult:
    """An outcome and its gateway, None if no gateway answers."""

    outcome: ControlOutcome
    gateway: LocalGateway | None = None

    def __str__(self) -> str:
        """Return the result as a sentence."""
        if self.gateway is None:
            return f"{self.outcome}."
        if self.outcome is ControlOutcome.RUNS:
            runtime = self.gateway.runtime
            return f"{self.outcome} on port {runtime.port} (pid {runtime.pid})."
        return f"{self.outcome}: {self.gateway}."


def gateway_log_path() -> Path:
    """Return the log file of the gateway on this computer."""
    return data_dir() / "gateway.log"


async def local_url() -> str:
    """Return the address in this user's runtime file, "" without one."""
    runtime = await asyncio.to_thread(read_runtime, runtime_path())
    return "" if runtime is None else runtime.url


async def find_gateway() -> LocalGateway | None:
    """Return this user's gateway, or None if none answers."""
    runtime = await asyncio.to_thread(read_runtime, runtime_path())
    health = None if runtime is None else await read_health(runtime)
    return None if runtime is None or health is None else LocalGateway(runtime, health)


async def start_gateway(port: int = DEFAULT_PORT) -> ControlResult:
    """Start the gateway on `port`, unless one is running already; raises `OSError`."""
    async with starting_alone() as starter:
        if (found := await find_gateway()) is not None:
            return ControlResult(ControlOutcome.RUNS, found)
        return await _started(starter, port)


async def stop_gateway() -> ControlResult:
    """Stop the gateway, and return once it has ended; raises `GatewayNotStopped`."""
    runtime = await asyncio.to_thread(read_runtime, runtime_path())
    if runtime is None or (process := _held(runtime.pid)) is None:
        return ControlResult(ControlOutcome.NONE)
    with closing(process):  # held first, so that the pid cannot be reused
        health = await read_health(runtime)
        if health is None or health.pid != runtime.pid:
            silent = f"the gateway at {runtime.url} does not answer"
            message = f"{silent}; if it is process {runtime.pid}, run: kill -9 {runtime.pid}"
            raise GatewayNotStopped(message)
        process.terminate()
        if not await asyncio.to_thread(process.wait, _STOPPED_WITHIN):
            message = f"it did not stop within {_STOPPED_WITHIN:g} s; run: kill -9 {runtime.pid}"
            raise GatewayNotStopped(message)
    return ControlResult(ControlOutcome.STOPPED, LocalGateway(runtime, health))


async def restart_gateway(
    stopped: Callable[[ControlResult], object] = lambda _: None,
) -> ControlResult:
    """Stop the gateway if it is running, and start it on the same port; raises `OSError`.

    `stopped` is called with the result of stopping, before the start, which may fail.
    """
    async with starting_alone() as starter:  # or a client would start one on another port
        done = await stop_gateway()
        stopped(done)
        port = DEFAULT_PORT if done.gateway is None else done.gateway.runtime.port
        return await _started(starter, port)


async def _started(starter: Starter, port: int) -> ControlResult:
    await starter.start(port=port)
    return ControlResult(ControlOutcome.STARTED, await find_gateway())


def _held(pid: int) -> RunningProcess | None:
    try:
        return RunningProcess(pid)
    except ProcessLookupError:
        return None
