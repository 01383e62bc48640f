"""One turn a session, however the steps of two connections fall together, and a failing disk."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path

import pytest

from tek_gateway.errors import StoreError
from tek_gateway.host.activity import Activity
from tek_gateway.models.choice import ModelChoice
from tek_gateway.models.echo import EchoModel
from tek_gateway.store.changes import Change, Result
from tek_gateway.store.commit_queue import committing
from tek_gateway.store.session_records import OWNER, SessionRecord
from tek_gateway.store.sqlite.sqlite_store import SqliteStore
from tek_gateway.turns.admission import Admission
from tek_gateway.turns.plain_stream import PlainStream
from tek_gateway.turns.scheduler import Scheduler
from tek_protocol.chat import ChatSend, Error
from tek_testing.deadlines import deadline

SESSION = SessionRecord("s-1", "session:s", "echo", "2026-01-01T00:00:00.000+00:00")
LOST = "The gateway could not store the message."


class Gate:
    """Lets nobody through while it is shut, and tells that somebody waits."""

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.open.set()
        self.reached = asyncio.Event()

    def shut(self) -> None:
        self.open.clear()
        self.reached.clear()

    async def pass_through(self) -> None:
        self.reached.set()
        await self.open.wait()


class Gated(SqliteStore):
    """A store that knows one session, with a gate before it finds and one before it keeps."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.finding = Gate()
        self.keeping = Gate()
        self.full = False
        self.refused = asyncio.Event()

    async def commit(self, changes: Sequence[Change]) -> Sequence[Result]:
        if any(change.settles for change in changes):
            await self.keeping.pass_through()
        if self.full:
            self.refused.set()
            return [StoreError("disk full") for _ in changes]
        return await super().commit(changes)

    async def find(self, session_id: str, principal: str) -> SessionRecord | None:
        await self.finding.pass_through()
        return await super().find(session_id, principal)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncGenerator[Gated]:
    gated = Gated(tmp_path)
    await gated.commit([Change("s-1", creates=SESSION)])
    yield gated
    await gated.close()


@pytest.fixture
async def admission(store: Gated) -> AsyncGenerator[Admission]:
    async with committing(store) as commits:
        running = Scheduler(commits, ModelChoice(EchoModel()), Activity(None, lambda: None))
        yield Admission(running)
        await running.stop()
        await running.stop()


async def test_a_turn_that_ends_does_not_free_the_turn_after_it(
    store: Gated, admission: Admission
) -> None:
    async with deadline():
        first = await admission.accept(ChatSend("m-1", "", "s-1"), OWNER)
        assert isinstance(first, PlainStream)
        store.keeping.shut()
        await store.keeping.reached.wait()  # the first turn is about to end
        store.finding.shut()
        second = asyncio.create_task(
            admission.accept(ChatSend("m-2", "/delay 10000 a b", "s-1"), OWNER)
        )
        await store.finding.reached.wait()

        store.keeping.open.set()  # the first turn ends and, in the same breath,
        assert [message async for message in first.messages()]
        store.finding.open.set()  # the second one finds the session free
        assert isinstance(await second, PlainStream)

        third = await admission.accept(ChatSend("m-3", "", "s-1"), OWNER)
        assert isinstance(third, Error)
        assert third.code == "STREAM_IN_PROGRESS"


@pytest.mark.parametrize("session_id", ["", "s-1"])
async def test_a_message_that_cannot_be_stored_is_refused(
    store: Gated, admission: Admission, session_id: str, caplog: pytest.LogCaptureFixture
) -> None:
    store.full = True

    refused = await admission.accept(ChatSend("m-1", "x", session_id), OWNER)
    assert refused == Error("STORE_FAILED", LOST, "m-1")
    assert "disk full" in caplog.text

    store.full = False
    assert isinstance(await admission.accept(ChatSend("m-2", "x", session_id), OWNER), PlainStream)


async def test_an_answer_that_cannot_be_stored_is_no_answer(
    store: Gated, admission: Admission, caplog: pytest.LogCaptureFixture
) -> None:
    turn = await admission.accept(ChatSend("m-1", "x"), OWNER)
    store.full = True

    assert isinstance(turn, PlainStream)
    async with deadline():
        messages = [message async for message in turn.messages()]

    assert messages[-1] == Error("STORE_FAILED", LOST, "m-1")
    assert "disk full" in caplog.text
