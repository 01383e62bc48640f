"""What a user sees who opens a session again: the answers, in the terminal client."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

from tek_testing.checkers.checker import Typed, expected_answer, read_screen
from tek_testing.checkers.shown_session import ShownSession
from tek_testing.clients.chat_clients import ClientProcess
from tek_testing.deadlines import deadline

PATIENCE = 10.0
"""Seconds, scaled, in which the client shows everything."""


async def screen_of(client: ClientProcess, typed: Sequence[Typed]) -> ShownSession:
    """Return what tek-cli shows of the last session of `client`, which has ended.

    All clients keep sessions in the same way, so that one can show those of another.
    """
    process = await asyncio.create_subprocess_exec(
        *client.command_to_show,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env=client.environment,
    )
    try:
        shown = await _read(process, {expected_answer(each.text) for each in typed if each.is_firm})
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()
    return read_screen(f"the screen of {client.kind}", shown, typed)


async def _read(process: asyncio.subprocess.Process, wanted: set[str]) -> str:
    """Read until every line in `wanted` was printed, end the input, and read the rest."""
    assert process.stdout is not None
    assert process.stdin is not None
    shown: list[str] = []
    with suppress(TimeoutError):
        async with deadline(PATIENCE):
            while not wanted <= set(shown) and (line := await process.stdout.readline()):
                shown.append(line.decode().removesuffix("\n"))
            process.stdin.close()
            shown += (await process.stdout.read()).decode().splitlines()
            await process.wait()  # else `kill` may reap it first, and asyncio warns
    return "\n".join(shown)
