"""This user's own gateway: started, stopped and restarted by hand.

It must never signal a process that has not just answered as the gateway in question.
"""

import asyncio
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass

import typer

from tek_chat.discovery import starting_alone
from tek_chat.health import Health, read_health
from tek_chat.processes import Running
from tek_chat.spawn import start_local
from tek_cli.durations import say_duration
from tek_cli.exits import Exit
from tek_gateway.errors import CannotStart
from tek_gateway.options import read_options
from tek_gateway.runtime import Runtime, read_runtime, runtime_path
from tek_gateway.service import install as write_service
from tek_protocol.session import DEFAULT_PORT

_STOPPED_WITHIN = 10.0
"""Seconds; a gateway stops within one."""


@dataclass(frozen=True, slots=True)
class Found:
    """A gateway of this user that answers."""

    runtime: Runtime
    health: Health

    def __str__(self) -> str:
        """Return how it is told from another."""
        return f"{self.runtime.url}, process {self.runtime.pid}"


async def find() -> Found | None:
    """Return this user's gateway if it runs and answers."""
    runtime = await asyncio.to_thread(read_runtime, runtime_path())
    health = None if runtime is None else await read_health(runtime)
    return None if runtime is None or health is None else Found(runtime, health)


async def start(port: int) -> Exit:
    """Start it at `port`, unless it runs somewhere already."""
    async with starting_alone():
        if (found := await find()) is not None:
            typer.echo(f"It runs already: {found}.")
            return Exit.OK
        return await _start(port)


async def stop() -> Exit:
    """Stop it, and return once it has ended."""
    code, _ = await _stop()
    return code


async def restart() -> Exit:
    """Stop it if it runs, and start it where it was."""
    async with starting_alone():  # a client that misses it would start one somewhere else
        code, port = await _stop()
        return await _start(port or DEFAULT_PORT) if code is Exit.OK else code


def install(options: Sequence[str]) -> Exit:
    """Write the service that keeps a gateway with `options` running, and tell how to begin.

    A mistake in `options` ends the process with code 2 and one line.
    """
    read_options(options)
    try:
        file, begin = write_service(options)
    except CannotStart as error:
        return _failed(str(error))
    typer.echo(f"Written: {file}\nBegin with: {begin}")
    return Exit.OK


async def _start(port: int) -> Exit:
    try:
        await asyncio.to_thread(start_local, port=port)
    except OSError as error:
        return _failed(str(error).removeprefix("tek-gateway: error: "))
    found = await find()
    typer.echo("Started." if found is None else f"Started: {found}.")
    return Exit.OK


async def _stop() -> tuple[Exit, int | None]:
    """Stop it; returns the port that it had, if one ran."""
    runtime = await asyncio.to_thread(read_runtime, runtime_path())
    if runtime is None or (process := _held(runtime.pid)) is None:
        typer.echo("No gateway runs here.")
        return Exit.OK, None
    with closing(process):  # held before it is asked who it is, so that it stays the one
        health = await read_health(runtime)
        if health is None or health.pid != runtime.pid:
            return _silent(runtime), None
        process.terminate()
        if not await asyncio.to_thread(process.wait, _STOPPED_WITHIN):
            within = say_duration(_STOPPED_WITHIN)
            end_it = f"to end it: kill -9 {runtime.pid}"
            return _failed(f"it did not stop within {within}; {end_it}"), None
    typer.echo(f"Stopped: {Found(runtime, health)}.")
    return Exit.OK, runtime.port


def _silent(runtime: Runtime) -> Exit:
    end_it = f"if process {runtime.pid} is it, end it: kill -9 {runtime.pid}"
    return _failed(f"the gateway at {runtime.url} does not answer; {end_it}")


def _held(pid: int) -> Running | None:
    try:
        return Running(pid)
    except ProcessLookupError:
        return None


def _failed(problem: str) -> Exit:
    typer.echo(f"Error: {problem}", err=True)
    return Exit.FAILED
