"""What writes the log: a store that fails, once or for good, and one that breaks its word."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from tek_gateway.errors import LogBroken, StorageFull, StoreError
from tek_gateway.host.activity import Activity
from tek_gateway.log.log_entries import DELTA_TYPE, accepted_entry
from tek_gateway.models.choice import ModelChoice
from tek_gateway.models.echo import EchoModel
from tek_gateway.store.changes import Change, Result
from tek_gateway.store.commit_queue import committing
from tek_gateway.store.session_records import OWNER, SessionRecord
from tek_gateway.store.sqlite.sqlite_store import SqliteStore
from tek_gateway.turns.admission import Admission
from tek_gateway.turns.scheduler import Scheduler
from tek_protocol.chat import ChatSend
from tek_testing.clients.resume_client import AppliedLog
from tek_testing.deadlines import deadline

SESSION = SessionRecord("s", "session:s", "echo", "2026-01-01T00:00:00.000+00:00")


class Failing(SqliteStore):
    """A store whose commits do as they are told: the next ones raise or return `fails`."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.fails: list[Exception] = []
        self.only_deltas = False
        self.room = True

    async def commit(self, changes: Sequence[Change]) -> Sequence[Result]:
        drafts = [draft for change in changes for draft in change.drafts]
        if self.fails and (not self.only_deltas or any(d.type == DELTA_TYPE for d in drafts)):
            error = self.fails.pop(0)
            if isinstance(error, StoreError):
                return [error for _ in changes]
            raise error
        return await super().commit(changes)

    async def has_room(self) -> bool:
        return self.room


async def whole(store: SqliteStore) -> AppliedLog:
    held = AppliedLog()
    while page := await store.page("s", held.cursor):
        for entry in page:
            assert held.take(entry.frame(held.cursor))[0] == "applied"
    return held


@pytest.mark.parametrize("error", [StoreError("an error"), StorageFull("no room")])
async def test_a_turn_that_the_store_broke_off_goes_on_without_a_gap(
    tmp_path: Path, error: StoreError
) -> None:
    store = Failing(tmp_path)
    await store.commit([Change("s", creates=SESSION)])
    async with committing(store) as commits:
        scheduler = Scheduler(commits, ModelChoice(EchoModel()), Activity(None, lambda: None))
        admission = Admission(scheduler)
        await admission.enqueue("s", ChatSend("m", "/delay 1 /count 300"))
        tail = commits.tail("s")
        entries = await commits.after("s", tail, 20)
        store.only_deltas = True
        store.fails.append(error)
        async with deadline(20):
            while not any(entry.ending for entry in entries):
                entries = await commits.after("s", tail, entries[-1].seq)
        await scheduler.stop()
    held = await whole(store)
    await store.close()

    assert not store.fails
    assert held.texts == {"m": " ".join(map(str, range(1, 301)))}


async def test_what_breaks_the_journal_fails_all_who_wait_and_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = Failing(tmp_path)
    await store.commit([Change("s", creates=SESSION)])
    store.fails = [RuntimeError("nobody foresaw this")]
    told = asyncio.Event()
    with pytest.raises(LogBroken):  # noqa: PT012 - the end of the context is what raises
        async with committing(store, on_broken=told.set) as commits:
            message = Change("s", [accepted_entry(ChatSend("m", "x"))])
            first, second = commits.submit(message), commits.submit(message)
            async with deadline():
                for future in (first, second):
                    with pytest.raises(StoreError, match="cannot be written any more"):
                        await future
                await told.wait()
            with pytest.raises(StoreError, match="cannot be written any more"):
                await commits.submit(message)
    await store.close()

    assert "nobody foresaw this" in caplog.text


async def test_a_full_store_takes_no_message_until_it_has_room(tmp_path: Path) -> None:
    store = Failing(tmp_path)
    await store.commit([Change("s", creates=SESSION)])
    async with committing(store) as commits:
        scheduler = Scheduler(commits, ModelChoice(EchoModel()), Activity(None, lambda: None))
        admission = Admission(scheduler)
        await admission.enqueue("s", ChatSend("m-1", "x"))
        store.room = False
        store.fails.append(StorageFull("no room"))
        for name in ("m-2", "m-3"):
            refused = await admission.enqueue("s", ChatSend(name, "x"))
            assert refused is not None
            assert (refused.code, refused.request_id) == ("STORAGE_FULL", name)
        assert await admission.enqueue("s", ChatSend("m-1", "x")) is None
        assert commits.is_full
        store.room = True
        async with deadline():
            await commits.wait_for_room()
        assert await admission.enqueue("s", ChatSend("m-2", "x")) is None
        await scheduler.stop()
    await store.close()
    assert SESSION.principal == OWNER
