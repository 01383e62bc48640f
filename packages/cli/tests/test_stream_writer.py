"""A slow reader of standard output does not block the chat."""

import asyncio
import os
import select
import signal
from typing import TYPE_CHECKING, TextIO

import pytest

from tek_cli.terminal.stream_writer import StreamWriter
from tek_testing.deadlines import deadline, scaled
from tek_testing.gateway.gateway_process import GatewayProcess

if TYPE_CHECKING:
    from conftest import Cli

MUCH = "x" * 1_000_000
LONG = " ".join(["x" * 20_000] * 20)
"""An answer in few pieces, and longer than a pipe and its reader hold."""


async def test_the_loop_goes_on_while_nobody_reads() -> None:
    ours, its = os.pipe()
    with os.fdopen(ours) as reading, os.fdopen(its, "w") as stream:
        writer = StreamWriter()
        writer.sink(stream).write(MUCH)
        drained = asyncio.create_task(writer.drained())
        await asyncio.sleep(0)
        assert not drained.done()
        async with deadline():
            assert await asyncio.to_thread(reading.read, len(MUCH)) == MUCH
            await drained


async def test_two_streams_keep_the_order_of_what_was_written() -> None:
    ours, its = os.pipe()
    with os.fdopen(ours) as reading, os.fdopen(its, "w") as one, os.fdopen(os.dup(its), "w") as two:
        writer = StreamWriter()
        sinks = [writer.sink(one), writer.sink(two)]
        for number in range(100):
            sinks[number % 2].write(f"{number}\n")
        async with deadline():
            await writer.drained()
        expected = "".join(f"{number}\n" for number in range(100))
        assert os.read(reading.fileno(), 1_000_000).decode() == expected


async def test_a_closed_stream_is_reported_and_takes_no_more() -> None:
    ours, its = os.pipe()
    os.close(ours)
    with os.fdopen(its, "w") as stream:
        writer, lost = StreamWriter(), asyncio.Event()
        writer.lost = lambda _: lost.set()
        writer.sink(stream).write("hi")
        async with deadline():
            await lost.wait()
            writer.sink(stream).write("more")
            await writer.drained()


def test_a_descriptor_that_does_not_block_is_waited_for() -> None:
    ours, its = os.pipe()
    os.set_blocking(its, False)

    async def write() -> None:
        writer = StreamWriter()
        with os.fdopen(its, "w") as stream:
            writer.sink(stream).write(MUCH)
            async with deadline():
                assert await asyncio.to_thread(reading.read, len(MUCH)) == MUCH
                await writer.drained()

    with os.fdopen(ours) as reading:
        asyncio.run(write())


@pytest.mark.parametrize("leaves", [False, True])
async def test_a_chat_whose_reader_stalls_keeps_its_connection(
    cli: "Cli", gateway: GatewayProcess, *, leaves: bool
) -> None:
    trace = cli.home / "trace"
    os.mkfifo(trace)
    chatting = cli.started("chat", "--url", gateway.url, "--trace", str(trace))
    async with chatting as chat:
        with await asyncio.to_thread(trace.open) as events:
            await chat.type(f"{LONG}\n")
            await asyncio.to_thread(_read_until, events, '"chat.stream.end"')
            await gateway.restart()
            await asyncio.to_thread(_read_until, events, '"event": "waiting"')
            await asyncio.to_thread(_read_until, events, '"event": "online"')
            if leaves:
                chat.process.send_signal(signal.SIGINT)
                await asyncio.to_thread(_end_of, chat.process.pid)
                assert (await chat.ended()).code == 130
                return
            await chat.close_input()
            draining = asyncio.create_task(asyncio.to_thread(events.read))
            ran = await chat.ended(limit=30)
            await draining
    assert (ran.code, ran.out) == (0, f"{LONG}\n")


def _read_until(events: TextIO, piece: str) -> None:
    for line in iter(events.readline, ""):
        if piece in line:
            return
    pytest.fail(f"the trace ended without {piece}")


def _end_of(pid: int) -> None:
    """Return once the process has ended, even with unread output."""
    descriptor = os.pidfd_open(pid)
    try:
        assert select.select([descriptor], [], [], scaled(5))[0]
    finally:
        os.close(descriptor)
