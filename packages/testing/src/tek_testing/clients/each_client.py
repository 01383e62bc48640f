"""Tests that every client goes through at the same time, each with a gateway of its own.

Most of such a test is waiting, so that several clients take hardly longer than one.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import TypeAlias

from tek_protocol.chat import SessionInfo, SessionList
from tek_testing.clients.chat_clients import ClientProcess
from tek_testing.clients.wire_client import WireClient
from tek_testing.gateway.gateway_process import GatewayProcess

KindStory: TypeAlias = Callable[[str], Awaitable[None]]
ClientStory: TypeAlias = Callable[[ClientProcess, GatewayProcess], Awaitable[None]]

KindsTest: TypeAlias = Callable[[Sequence[str]], Coroutine[None, None, None]]
"""A test function that takes a fixture named `kinds`."""


async def run_for_each(kinds: Sequence[str], story: KindStory) -> None:
    """Run `story` for each kind of client at once; an error has a note that names the kind."""

    async def run(kind: str) -> None:
        try:
            await story(kind)
        except BaseException as error:
            error.add_note(f"with the client {kind!r}")
            raise

    async with asyncio.TaskGroup() as tasks:
        for kind in kinds:
            tasks.create_task(run(kind))


async def run_with_each(
    kinds: Sequence[str], story: ClientStory, options: Sequence[str] = ()
) -> None:
    """Run `story` with each kind of client, online, at a gateway with `options`."""

    async def run(kind: str) -> None:
        async with (
            GatewayProcess(options=options) as gateway,
            ClientProcess(kind, gateway.url) as client,
        ):
            await client.next("online")
            await story(client, gateway)

    await run_for_each(kinds, run)


def each_kind(story: KindStory) -> KindsTest:
    """Make a test out of `story`."""

    # Without `functools.wraps`: pytest would look for fixtures named as the story's parameters.
    async def test(kinds: Sequence[str]) -> None:
        await run_for_each(kinds, story)

    return test


def each_client(*options: str) -> Callable[[ClientStory], KindsTest]:
    """Make a test out of a story with a client that is online at a gateway with `options`."""

    def decorate(story: ClientStory) -> KindsTest:
        async def test(kinds: Sequence[str]) -> None:
            await run_with_each(kinds, story, options)

        return test

    return decorate


async def sessions_at(gateway: GatewayProcess) -> tuple[SessionInfo, ...]:
    """Return the sessions that the gateway itself lists."""
    async with WireClient(gateway.url) as client:
        reply = await client.ask({"type": "session.list", "id": "list"})
    assert isinstance(reply, SessionList)
    return reply.sessions
