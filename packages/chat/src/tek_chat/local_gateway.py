"""This user's own gateway: found, started, stopped and restarted by hand.

It must never signal a process that has not just answered as the gateway in question.
"""

import asyncio
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from tek_chat.health import Health, read_health
from tek_chat.processes import Running
from tek_chat.spawn import start_local
from tek_gateway.runtime import Runtime, data_dir, read_runtime, runtime_path
from tek_protocol.session import DEFAULT_PORT

_STOPPED_WITHIN = 10.0
"""Seconds; a gateway stops within one."""


class GatewayNotStopped(OSError):
    """The gateway is still there, or does not say that it is one; the text says what to do."""


@dataclass(frozen=True, slots=True)
class LocalGateway:
    """A gateway of this user that answers."""

    runtime: Runtime
    health: Health


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


async def start_gateway(port: int = DEFAULT_PORT) -> None:
    """Start it at `port`, unless it runs somewhere already; raises `OSError`."""
    if await find_gateway() is None:
        await asyncio.to_thread(start_local, port=port)


async def stop_gateway() -> int | None:
    """Stop it and return the port that it had, None if none ran; raises `GatewayNotStopped`."""
    runtime = await asyncio.to_thread(read_runtime, runtime_path())
    if runtime is None or (process := _held(runtime.pid)) is None:
        return None
    with closing(process):  # held before it is asked who it is, so that it stays the one
        health = await read_health(runtime)
        if health is None or health.pid != runtime.pid:
            message = f"the gateway at {runtime.url} does not answer"
            raise GatewayNotStopped(message)
        process.terminate()
        if not await asyncio.to_thread(process.wait, _STOPPED_WITHIN):
            message = f"it did not stop within {_STOPPED_WITHIN:g} s; process {runtime.pid}"
            raise GatewayNotStopped(message)
    return runtime.port


async def restart_gateway() -> None:
    """Stop it if it runs, and start it where it was; raises `OSError`."""
    port = await stop_gateway()
    await start_gateway(port or DEFAULT_PORT)


def _held(pid: int) -> Running | None:
    try:
        return Running(pid)
    except ProcessLookupError:
        return None
