"""This user's own gateway: found, started, stopped and restarted by hand.

It must never signal a process that has not just answered as the gateway in question.
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
    """The gateway is still there, or does not say that it is one; the text says what to do."""


@dataclass(frozen=True, slots=True)
class LocalGateway:
    """A gateway of this user that answers."""

    runtime: RuntimeFile
    health: Health

    def __str__(self) -> str:
        """Return how it is told from another."""
        return f"{self.runtime.url}, process {self.runtime.pid}"


class ControlOutcome(StrEnum):
    """What became of a wish to start or to stop it."""

    STARTED = "Started"
    RUNS = "It runs already"
    STOPPED = "Stopped"
    NONE = "No gateway runs here"


@dataclass(frozen=True, slots=True)
class ControlResult:
    """An outcome, and the gateway that it is about, None if none answers."""

    outcome: ControlOutcome
    gateway: LocalGateway | None = None

    def __str__(self) -> str:
        """Return it as a sentence."""
        return f"{self.outcome}." if self.gateway is None else f"{self.outcome}: {self.gateway}."


def gateway_log_path() -> Path:
    """Return where a gateway that was started here logs to."""
    return data_dir() / "gateway.log"


async def local_url() -> str:
    """Return where this user's gateway says that it listens, "" if none says so."""
    runtime = await asyncio.to_thread(read_runtime, runtime_path())
    return "" if runtime is None else runtime.url


async def find_gateway() -> LocalGateway | None:
    """Return this user's gateway if it runs and answers."""
    runtime = await asyncio.to_thread(read_runtime, runtime_path())
    health = None if runtime is None else await read_health(runtime)
    return None if runtime is None or health is None else LocalGateway(runtime, health)


async def start_gateway(port: int = DEFAULT_PORT) -> ControlResult:
    """Start it at `port`, unless it runs somewhere already; raises `OSError`."""
    async with starting_alone() as starter:
        if (found := await find_gateway()) is not None:
            return ControlResult(ControlOutcome.RUNS, found)
        return await _started(starter, port)


async def stop_gateway() -> ControlResult:
    """Stop it, and return once it has ended; raises `GatewayNotStopped`."""
    runtime = await asyncio.to_thread(read_runtime, runtime_path())
    if runtime is None or (process := _held(runtime.pid)) is None:
        return ControlResult(ControlOutcome.NONE)
    end_it = f"end it: kill -9 {runtime.pid}"
    with closing(process):  # held before it is asked who it is, so that it stays the one
        health = await read_health(runtime)
        if health is None or health.pid != runtime.pid:
            silent = f"the gateway at {runtime.url} does not answer"
            message = f"{silent}; if process {runtime.pid} is it, {end_it}"
            raise GatewayNotStopped(message)
        process.terminate()
        if not await asyncio.to_thread(process.wait, _STOPPED_WITHIN):
            message = f"it did not stop within {_STOPPED_WITHIN:g} s; to {end_it}"
            raise GatewayNotStopped(message)
    return ControlResult(ControlOutcome.STOPPED, LocalGateway(runtime, health))


async def restart_gateway(
    stopped: Callable[[ControlResult], object] = lambda _: None,
) -> ControlResult:
    """Stop it if it runs, and start it where it was; raises `OSError`.

    `stopped` is told of the first half, which stands even if the second fails.
    """
    async with starting_alone() as starter:  # a client that misses it would start one elsewhere
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
