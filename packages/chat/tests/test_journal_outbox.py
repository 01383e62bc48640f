"""What the journals hold unsent, for a person to look at: listed and dropped."""

import sqlite3
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

from reconnect_core import Change, MessageState, Moved, Stored
from tek_chat.journal.journal import Journal, KeptMessage, journal_path, journal_paths
from tek_protocol import encode

FIRST_VERSION = 1


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tek" / "chat.sqlite"


@asynccontextmanager
async def opened(path: Path, url: str = "") -> AsyncGenerator[Journal]:
    journal = Journal.open(path, url)
    try:
        yield journal
    finally:
        await journal.close()


def stored(
    name: str, order: int, place: MessageState = MessageState.QUEUED, reason: str = ""
) -> Stored:
    text = encode({"type": "chat.send", "id": name, "content": f"text of {name}"})
    return Stored(name, text, place, order, reason)


async def left(path: Path, session_id: str, *changes: Change) -> None:
    """Be a client that leaves this behind."""
    async with opened(path) as journal:
        await journal.storage(session_id).commit([Moved(session_id, 1), *changes])


async def test_every_message_is_listed_in_order_with_what_is_known_of_it(path: Path) -> None:
    failed = stored("c", 3, MessageState.FAILED, "too large")
    await left(path, "s1", stored("a", 1), stored("b", 2, MessageState.UNCERTAIN), failed)
    await left(path, "s2", stored("d", 1, MessageState.SENT))
    async with opened(path) as journal:
        assert journal.outbox() == (
            KeptMessage("a", "text of a", "s1", MessageState.QUEUED),
            KeptMessage("b", "text of b", "s1", MessageState.UNCERTAIN),
            KeptMessage("c", "text of c", "s1", MessageState.FAILED, "too large"),
            KeptMessage("d", "text of d", "s2", MessageState.SENT),
        )


async def test_what_a_living_client_has_is_held_and_cannot_be_dropped(path: Path) -> None:
    async with opened(path) as client, opened(path) as onlooker:
        await client.storage("").commit([stored("a", 1)])
        assert [(each.id, each.is_held) for each in onlooker.outbox()] == [("a", True)]
        assert onlooker.drop(["a"]) == 0
        assert len(onlooker.outbox()) == 1


async def test_only_what_is_named_is_dropped(path: Path) -> None:
    await left(path, "s1", stored("a", 1), stored("b", 2))
    async with opened(path) as journal:
        assert journal.drop(["a", "nobody"]) == 1
        assert [each.id for each in journal.outbox()] == ["b"]
        assert journal.drop(["b"]) == 1
        assert journal.unsent() == ()


async def test_a_journal_knows_its_gateway_from_the_first_time_on(path: Path) -> None:
    async with opened(path) as journal:
        assert journal.url() == ""
    async with opened(path, "wss://a.example/gateway") as journal:
        assert journal.url() == "wss://a.example/gateway"
    async with opened(path) as journal:
        assert journal.url() == "wss://a.example/gateway"


async def test_a_journal_of_the_first_version_goes_on(path: Path) -> None:
    await left(path, "s1", stored("a", 1))
    with closing(sqlite3.connect(path)) as database:
        database.execute("DROP TABLE gateway")
        database.execute(f"PRAGMA user_version = {FIRST_VERSION}")
    async with opened(path, "ws://a") as journal:
        assert [each.id for each in journal.outbox()] == ["a"]
        assert journal.url() == "ws://a"


@pytest.mark.usefixtures("home")
async def test_all_journals_are_found_this_machines_first() -> None:
    assert journal_paths() == ()
    paths = [journal_path("ws://a/gateway"), journal_path(), journal_path("wss://b/gateway")]
    for each in paths:
        async with opened(each):
            pass
    assert journal_paths() == (paths[1], paths[0], paths[2])
