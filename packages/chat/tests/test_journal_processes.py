"""Clients with a journal that are killed and started again, judged by the gateway's own log."""

import asyncio
import os
import sqlite3
import sys
from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path

import msgspec
import pytest

from tek_chat import Delivery, View
from tek_chat.journal.journal import Journal
from tek_testing.deadlines import deadline
from tek_testing.gateway.gateway_process import GatewayProcess

CLIENT = """
import asyncio, resource, sys
from pathlib import Path
from reconnect_core import Accepted, Backoff, NotSaved, Phase, Queued, Session
from tek_chat.journal.journal import Journal
from tek_chat.tek_dialect import TEK_DIALECT

async def main(path, url, session_id, limit, *texts):
    journal = Journal.open(Path(path))
    name = journal.last_session() if session_id == "last" else session_id
    storage = journal.storage(name)
    if limit != "0":
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))
    open_ones = set()
    backoff = Backoff(base=0.02, cap=0.1)
    async with Session(url, dialect=TEK_DIALECT, storage=storage, backoff=backoff) as session:
        for text in texts:
            print("sending", text, flush=True)
            await session.send({"type": "chat.send", "content": text})
            print("kept", text, flush=True)
        async for event in session:
            match event:
                case Queued(id, message):
                    open_ones.add(id)
                case Accepted(id):
                    open_ones.discard(id)
            print(type(event).__name__, flush=True)
            if not open_ones and session.connection.phase is Phase.ONLINE:
                print("settled", flush=True)
                if await asyncio.to_thread(sys.stdin.readline):
                    break
    await journal.close()

asyncio.run(main(*sys.argv[1:]))
"""


class Chat:
    """A client in a process of its own; `lines` is what it has printed so far."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.lines: list[str] = []

    async def until(self, *lines: str) -> None:
        """Wait until it has printed all of `lines`, in this order."""
        assert self.process.stdout is not None
        try:
            async with deadline():
                for line in lines:
                    while not self.lines or self.lines[-1] != line:
                        heard = await self.process.stdout.readline()
                        assert heard, f"it ended without {line}: {self.lines}"
                        self.lines.append(heard.decode().strip())
        except TimeoutError:
            pytest.fail(f"it never printed {lines}: {self.lines}")

    async def kill(self) -> None:
        self.process.kill()
        await self.process.wait()

    async def end(self) -> None:
        """Let it end by itself."""
        async with deadline():
            await self.process.communicate(b"end\\n")
        assert self.process.returncode == 0

    @property
    def kept(self) -> list[str]:
        return [line.removeprefix("kept ") for line in self.lines if line.startswith("kept ")]


@asynccontextmanager
async def chat(
    path: Path, gateway: GatewayProcess, *texts: str, session_id: str = "last", limit: int = 0
) -> AsyncGenerator[Chat]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        CLIENT,
        *(os.fspath(path), gateway.url, session_id, str(limit), *texts),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield Chat(process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


# ---- The checker -----------------------------------------------------------------------------


def logged(gateway: GatewayProcess) -> list[tuple[str, str]]:
    """Return the session and content of every user's message that the gateway has, in order."""
    with closing(sqlite3.connect(gateway.data_dir / "sessions.sqlite")) as database:
        rows = database.execute(
            "SELECT session_id, body FROM entries JOIN sessions USING (session_id)"
            " WHERE type = 'chat.message' AND request_id IS NULL ORDER BY number, seq"
        ).fetchall()
    return [(name, str(msgspec.json.decode(body)["content"])) for name, body in rows]


def texts_in(gateway: GatewayProcess) -> list[str]:
    return [text for _, text in logged(gateway)]


async def view_in(path: Path) -> View:
    """Return what a client would show that starts now, without a gateway."""
    journal = Journal.open(path)
    view = View()
    for entry in journal.storage(journal.last_session()).transcript:
        view = view.after(entry)
    await journal.close()
    return view


def is_whole(path: Path) -> bool:
    with closing(sqlite3.connect(path)) as database:
        return database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "chat.sqlite"


# ---- Killed ----------------------------------------------------------------------------------


async def test_what_was_submitted_while_the_gateway_was_away_is_sent_after_a_kill(
    gateway: GatewayProcess, path: Path
) -> None:
    await gateway.kill()
    async with chat(path, gateway, "a", "b", "c") as client:
        await client.until("kept c", "Waiting")
        await client.kill()
    await gateway.start()
    async with chat(path, gateway, "d") as client:
        await client.until("settled")
        await client.end()
    assert texts_in(gateway) == ["a", "b", "c", "d"]
    assert len({session for session, _ in logged(gateway)}) == 1


@pytest.mark.parametrize(
    "moments",
    [
        ["sending b", "kept a", "Sent", "Accepted"],
        pytest.param(["SessionOpened", "Received", "settled"] * 4, marks=pytest.mark.slow),
        pytest.param(["kept b", "Connecting", "Resuming", "Online"] * 4, marks=pytest.mark.slow),
    ],
)
async def test_wherever_it_is_killed_what_it_kept_arrives_once_and_in_order(
    gateway: GatewayProcess, path: Path, moments: Sequence[str]
) -> None:
    kept: list[str] = []
    sent: list[str] = []
    for number, moment in enumerate(moments):
        texts = [f"{letter}{number}" for letter in "abc"]
        async with chat(path, gateway, *texts) as client:
            is_new = number == 0 or moment != "SessionOpened"
            marked = moment.startswith(("sending", "kept"))
            await client.until(f"{moment}{number}" if marked else moment if is_new else "Online")
            await client.kill()
            sent += texts
            kept += client.kept
    async with chat(path, gateway) as client:
        await client.until("settled")
        await client.end()
    arrived = texts_in(gateway)
    assert max(Counter(arrived).values()) == 1
    assert set(kept) <= set(arrived) <= set(sent)
    assert arrived == [text for text in sent if text in arrived]
    shown = (await view_in(path)).exchanges
    assert [each.text for each in shown] == arrived
    assert all(
        each.answer.text == each.text
        for each in shown
        if each.answer and each.delivery is Delivery.ANSWERED
    )


@pytest.mark.parametrize(
    "point", ["after-commit", pytest.param("before-commit", marks=pytest.mark.slow)]
)
async def test_client_and_gateway_may_be_killed_both(
    gateway: GatewayProcess, path: Path, point: str
) -> None:
    async with chat(path, gateway, "a") as client:
        await client.until("settled")
        await client.end()
    await gateway.restart(crash_at=point)
    async with chat(path, gateway, "b", "c") as client:
        await client.until("kept c", "Sent", "Waiting")
        await client.kill()
    await gateway.restart()
    async with chat(path, gateway, "d") as client:
        await client.until("settled")
        await client.end()
    assert texts_in(gateway) == ["a", "b", "c", "d"]


# ---- Two at once -----------------------------------------------------------------------------


async def test_two_clients_in_one_session_share_the_file(
    gateway: GatewayProcess, path: Path
) -> None:
    async with chat(path, gateway, "first") as client:
        await client.until("settled")
        await client.end()
    ((session_id, _),) = logged(gateway)
    texts = [[f"{name}{number}" for number in range(15)] for name in "xy"]
    async with (
        chat(path, gateway, *texts[0], session_id=session_id) as one,
        chat(path, gateway, *texts[1], session_id=session_id) as other,
    ):
        await asyncio.gather(one.until("settled"), other.until("settled"))
        await one.end()
        await other.kill()
    async with chat(path, gateway, session_id=session_id) as client:
        await client.until("settled")
        await client.end()
    arrived = texts_in(gateway)
    assert sorted(arrived) == sorted(["first", *texts[0], *texts[1]])
    for each in texts:
        assert [text for text in arrived if text in each] == each
    assert [each.text for each in (await view_in(path)).exchanges] == arrived


async def test_two_clients_that_begin_at_once_make_a_session_each(
    gateway: GatewayProcess, path: Path
) -> None:
    await gateway.kill()
    async with chat(path, gateway, "a", "b") as one, chat(path, gateway, "c", "d") as other:
        await asyncio.gather(one.until("kept b", "Waiting"), other.until("kept d", "Waiting"))
        await gateway.start()
        await asyncio.gather(one.until("settled"), other.until("settled"))
    by_session: dict[str, str] = {}
    for session_id, text in logged(gateway):
        by_session[session_id] = by_session.get(session_id, "") + text
    assert sorted(by_session.values()) == ["ab", "cd"]


# ---- No room ---------------------------------------------------------------------------------


async def test_on_a_full_disk_the_chat_goes_on_and_the_file_stays_whole(
    gateway: GatewayProcess, path: Path
) -> None:
    texts = [f"{number} {'x' * 4000}" for number in range(30)]
    async with chat(path, gateway, *texts, limit=200_000) as client:
        await client.until("settled")
        assert "NotSaved" in client.lines
        await client.kill()
    assert is_whole(path)
    assert texts_in(gateway) == texts
