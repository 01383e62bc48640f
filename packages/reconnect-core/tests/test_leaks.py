"""What a session leaves behind: no descriptor, no task, no secret."""

import asyncio
import gc
import logging
from pathlib import Path
from time import monotonic

import pytest

from reconnect_core import (
    Backoff,
    Online,
    Phase,
    Received,
    Session,
    Waiting,
)
from reconnect_core.testing import deadline, settle, until
from reconnect_core.testing.raw_gateway import (
    Handshake,
    RawServer,
    answering_gateway,
    tasks_of_clients,
)

DESCRIPTORS = Path("/proc/self/fd")
HASTY = Backoff(base=0.0005, cap=0.0005, jitter=0)


def _descriptors() -> int:
    return sum(1 for _ in DESCRIPTORS.iterdir())


# ---- What is left --------------------------------------------------------------------------


@pytest.mark.skipif(not DESCRIPTORS.exists(), reason="counts descriptors where Linux lists them")
async def test_two_hundred_reconnects_leave_no_descriptor_and_no_task(
    raw_server: RawServer, handshake: Handshake, caplog: pytest.LogCaptureFixture
) -> None:
    count = 0

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal count
        count += 1
        whole = await handshake(reader)
        writer.write(whole[: len(whole) // (1 + count % 2)])
        if count % 3 == 0:
            writer.transport.abort()

    async with raw_server(answer) as server:
        before = _descriptors()
        async with Session(f"ws://{server}/", backoff=HASTY) as session:
            while count < 200:
                await until(session, Waiting)
        await settle()
        assert _descriptors() <= before + 1
        assert not tasks_of_clients()
    gc.collect()  # whatever was never retrieved would be logged now
    assert not [each for each in caplog.records if each.levelno >= logging.WARNING]


@pytest.mark.skipif(not DESCRIPTORS.exists(), reason="counts descriptors where Linux lists them")
async def test_attempts_that_are_cut_off_leave_no_descriptor(raw_server: RawServer) -> None:
    heard = asyncio.Event()

    async def answer(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        heard.set()
        await reader.read()

    async with raw_server(answer) as server:
        before = _descriptors()
        for scheme in ("ws", "wss") * 10:
            heard.clear()
            async with Session(f"{scheme}://{server}/"), deadline():
                await heard.wait()
            await settle()
        assert _descriptors() <= before + 1  # the server may not have let go of the last one


# ---- Secrets -------------------------------------------------------------------------------


async def test_a_token_appears_in_no_log_no_event_and_no_repr(
    raw_server: RawServer, handshake: Handshake, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for name in ("websockets", "websockets.client", "asyncio", "reconnect_core.websockets"):
        caplog.set_level(logging.DEBUG, logger=name)
    asyncio.get_running_loop().set_debug(True)
    requests: list[bytes] = []

    async def token() -> str:
        return "s3cret"

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        requests.append(head)
        again = asyncio.StreamReader()
        again.feed_data(head)
        whole = await handshake(again)
        replies = [
            b"HTTP/1.1 500 s3cret\r\nContent-Length: 6\r\n\r\ns3cret",
            b"HTTP/1.1 101 OK\r\nUpgrade: s3cret\r\nConnection: Upgrade\r\n\r\n",
            whole + b"\x88\x08\x03\xf3s3cret",
            whole,
        ]
        writer.write(replies[min(len(requests), len(replies)) - 1])
        await reader.read(2)

    told: list[str] = []
    async with (
        raw_server(answer) as server,
        Session(f"ws://{server}/", token=token, backoff=HASTY) as session,
        deadline(),
    ):
        async for event in session:
            told.append(repr(event))
            if len(requests) == 2:
                session.retry_now()
            if len(requests) == 4 and isinstance(event, Online):
                break
        told.append(repr(session) + repr(session.connection) + repr(session.__dict__))
    assert all(b"Authorization: Bearer s3cret" in each for each in requests)
    assert all(b"s3cret" not in each.splitlines()[0] for each in requests)
    assert len(requests) == 4
    assert "s3cret" not in "".join(told)
    assert "s3cret" not in caplog.text
    caplog.clear()


async def test_a_session_goes_on_after_its_loop_was_busy(caplog: pytest.LogCaptureFixture) -> None:
    async with answering_gateway() as url, Session(url) as session:
        await until(session, Online)
        began = monotonic()
        while monotonic() - began < 0.2:
            pass
        await session.send({"type": "ask"})
        await until(session, Received)
        assert session.connection.phase is Phase.ONLINE
    assert not caplog.records
