"""The client with its journal: what is there when it starts again, and what it sends then."""

import sqlite3
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import TypeAlias

import pytest

from reconnect_core import Backoff, Phase
from tek_chat import Client, Delivery, Kind, Notice, View, configured_client
from tek_chat.journal.journal import Journal, journal_path
from tek_testing.gateway.gateway_process import GatewayProcess

Until: TypeAlias = Callable[[Client, Callable[[View], object]], Awaitable[View]]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.sqlite"


@asynccontextmanager
async def started(
    path: Path, gateway: GatewayProcess, session_id: str | None = None
) -> AsyncGenerator[Client]:
    journal = Journal.open(path)
    swift = Backoff(base=0.02, cap=0.1)
    async with Client(gateway.url, session_id=session_id, journal=journal, backoff=swift) as client:
        yield client


def files_in(folder: Path) -> list[Path]:
    return list(folder.rglob("*.sqlite*"))


def is_settled(view: View) -> bool:
    return view.is_settled and bool(view.exchanges) and view.connection.phase is Phase.ONLINE


def said(view: View) -> list[tuple[str, str]]:
    return [(each.text, each.answer.text if each.answer else "") for each in view.exchanges]


async def first_session(client: Client, until: Until) -> str:
    """Send "first" in a new session and return the session's ID once the answer is complete."""
    await client.submit("first")
    return (await until(client, is_settled)).session_id


async def test_without_a_gateway_the_session_is_as_it_was_and_takes_new_messages(
    path: Path, gateway: GatewayProcess, until: Until
) -> None:
    async with started(path, gateway) as client:
        await client.submit("/count 3")
        before = await until(client, is_settled)
    await gateway.kill()
    async with started(path, gateway) as client:
        assert said(client.view) == [("/count 3", "1 2 3")]
        assert client.view.session_id == before.session_id
        await client.submit("later")
        await until(client, lambda view: view.count(Delivery.QUEUED))
    await gateway.start()
    async with started(path, gateway) as client:
        view = await until(client, is_settled)
        assert said(view) == [("/count 3", "1 2 3"), ("later", "later")]
        assert [each.message_count for each in await client.sessions()] == [4]


async def test_a_new_session_is_begun_on_request_and_the_last_one_is_still_there(
    path: Path, gateway: GatewayProcess, until: Until
) -> None:
    async with started(path, gateway) as client:
        first = await first_session(client, until)
    async with started(path, gateway, "") as client:
        assert client.view.is_new
        await client.submit("second")
        await until(client, is_settled)
        await client.open(first)
        assert said(client.view) == [("first", "first")]


async def test_what_was_left_unsent_in_another_session_is_sent_as_well(
    path: Path, gateway: GatewayProcess, until: Until
) -> None:
    async with started(path, gateway) as client:
        first = await first_session(client, until)
        await gateway.kill()
        await until(client, lambda view: view.connection.phase is Phase.WAITING)
        await client.submit("left behind")
    await gateway.start()
    async with started(path, gateway, "") as client:
        await client.submit("new")
        await until(client, is_settled)
        await client.open(first)
        view = await until(client, is_settled)
        assert said(view) == [("first", "first"), ("left behind", "left behind")]


async def test_a_session_left_and_opened_again_shows_every_message_once(
    path: Path, gateway: GatewayProcess, until: Until
) -> None:
    async with started(path, gateway) as client:
        await client.submit("here")
        here = (await until(client, is_settled)).session_id
        for text in ("a", "b", "c"):
            await client.open("")
            await client.submit(text)
            await until(client, is_settled)
            await client.open(here)
            assert said(await until(client, is_settled)) == [("here", "here")]


@pytest.mark.usefixtures("home")
async def test_a_journal_that_cannot_be_used_is_reported_and_the_chat_goes_on(
    gateway: GatewayProcess, until: Until
) -> None:
    broken = journal_path(gateway.url)
    broken.parent.mkdir(parents=True)
    broken.write_text("this is no database, however long one looks at it" * 100)
    async with configured_client(url=gateway.url) as client:
        await client.submit("hi")
        view = await until(client, is_settled)
        notices = [each.text for each in view.items if isinstance(each, Notice)]
        assert said(view) == [("hi", "hi")]
        assert len(notices) == 1
        assert notices[0].startswith("messages are not saved: ")
        assert str(broken) in notices[0]
        assert [each.kind for each in view.items if isinstance(each, Notice)] == [Kind.ERROR]


async def test_a_journal_that_fails_later_is_told_of_once_and_the_chat_goes_on(
    path: Path, gateway: GatewayProcess, until: Until
) -> None:
    async with started(path, gateway) as client:
        await client.submit("saved")
        await until(client, is_settled)
        with closing(sqlite3.connect(path)) as database:
            database.execute("DROP TABLE outbox")
            database.commit()
        for text in ("not saved", "nor this"):
            await client.submit(text)
            await until(client, is_settled)
        view = client.view
        assert [text for text, _ in said(view)] == ["saved", "not saved", "nor this"]
        (notice,) = [each for each in view.items if isinstance(each, Notice)]
        assert notice.text.startswith("messages are not saved: ")


async def test_a_client_that_keeps_nothing_leaves_no_file(
    gateway: GatewayProcess, until: Until, home: Path
) -> None:
    async with configured_client(url=gateway.url, session_id="", keeps=False) as client:
        await client.submit("hi")
        await until(client, is_settled)
    assert not files_in(home)


async def test_a_session_that_was_deleted_is_not_gone_on_with(
    path: Path, gateway: GatewayProcess, until: Until
) -> None:
    async with started(path, gateway) as client:
        await client.submit("hi")
        await until(client, is_settled)
        await client.delete(client.view.session_id)
    async with started(path, gateway) as client:
        await until(client, lambda view: view.is_new)
