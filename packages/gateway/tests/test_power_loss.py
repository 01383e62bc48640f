"""A loss of power, at any byte of what was being written: the write-ahead log cut off anywhere.

Whatever the disk has kept, the store opens, holds exactly what some commit left, everything that
was synced before, and gives no number out a second time.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from tek_gateway.log.log_entries import accepted_entry, answer_entry, delta_entry, start_entry
from tek_gateway.log.log_positions import resume_outcome
from tek_gateway.store.changes import Change
from tek_gateway.store.session_records import OWNER, SessionRecord
from tek_gateway.store.sqlite.sqlite_store import SqliteStore, open_store
from tek_protocol import encode
from tek_protocol.chat import ChatSend, StreamEnd, StreamStart, Usage

SESSION = SessionRecord("s", "session:s", "echo", "2026-01-01T00:00:00.000+00:00")
HEADER, FRAME = 32, 24 + 4096
"""Bytes of SQLite's write-ahead log: its header, and a page with a header of its own."""


@dataclass(frozen=True)
class Kept:
    """What a session looked like once the write-ahead log had `size` bytes."""

    size: int
    entries: list[tuple[int, int, str]] | None
    last: int


def wal(folder: Path) -> Path:
    return folder / "sessions.sqlite-wal"


async def seen(store: SqliteStore) -> list[tuple[int, int, str]] | None:
    if await store.extent("s", OWNER) is None:
        return None
    entries: list[tuple[int, int, str]] = []
    while page := await store.page("s", entries[-1][0] if entries else 0):
        entries += [(entry.seq, entry.prev, entry.draft.body) for entry in page]
    return entries


async def lived(folder: Path) -> list[Kept]:
    """Have two turns come and go, and return what each commit left; the files stay as they are."""
    store = await open_store(folder)
    kept = [Kept(0, None, 0), Kept(wal(folder).stat().st_size, None, 0)]
    last = 0
    changes = [Change("s", creates=SESSION)]
    for name in ("m-1", "m-2"):
        asked = accepted_entry(ChatSend(name, "x" * 3000))
        start = start_entry(StreamStart(name, "s", "echo", 1, 0))
        deltas = [[delta_entry(name, str(at) * 900) for at in range(n, n + 3)] for n in (1, 4)]
        changes.append(Change("s", [asked], once=True, owed_since=0.0))
        changes += [Change("s", [start]), *(Change("s", some) for some in deltas)]
        fold = answer_entry(f"a of {name}", name, "y" * 5000, Usage())
        changes.append(Change("s", [fold], ending=encode(StreamEnd(name))))
    owed = 0
    for change in changes:
        if change.ending:
            change = Change("s", change.drafts, settles=owed, ending=change.ending)  # noqa: PLW2901 - now that its place is known
        (result,) = await store.commit([change])
        assert isinstance(result, tuple), result
        last = max([last, *(entry.seq for entry in result)])
        owed = result[0].seq if change.owed_since is not None else owed
        kept.append(Kept(wal(folder).stat().st_size, await seen(store), last))
    for file in ("sessions.sqlite", "sessions.sqlite-wal"):
        shutil.copy(folder / file, folder / f"{file}.then")
    await store.close()
    return kept


def cuts(size: int) -> list[int]:
    """Return the place before, within and behind every page."""
    frames = range(HEADER, size + 1, FRAME)
    return sorted({0, 1, HEADER - 1, *frames, *(at + 24 for at in frames[:-1])})


async def test_the_log_cut_off_at_any_page_is_what_some_commit_left(tmp_path: Path) -> None:
    origin = tmp_path / "origin"
    kept = await lived(origin)
    size = kept[-1].size
    assert (size - HEADER) % FRAME == 0
    last = kept[-1].last

    for cut in cuts(size):
        folder = tmp_path / str(cut)
        folder.mkdir()
        shutil.copy(origin / "sessions.sqlite.then", folder / "sessions.sqlite")
        wal(folder).write_bytes((origin / "sessions.sqlite-wal.then").read_bytes()[:cut])
        store = await open_store(folder)
        expected = [each for each in kept if each.size <= cut][-1]
        assert await seen(store) == expected.entries, cut
        if expected.entries is not None:
            again = Change("s", [accepted_entry(ChatSend("m-3", "after"))])
            (result,) = await store.commit([again])
            assert isinstance(result, tuple), result
            assert result[0].seq > last
            assert result[0].prev == (expected.entries[-1][0] if expected.entries else 0)
            assert resume_outcome(last, await store.extent("s", OWNER)) == (
                "resumed" if expected.last == last else "reset"
            )
        await store.close()
        shutil.rmtree(folder)


async def test_a_damaged_file_is_not_opened(tmp_path: Path) -> None:
    await lived(tmp_path)
    file = tmp_path / "sessions.sqlite"
    content = bytearray(file.read_bytes())
    for at in range(4096 * 2, len(content), 4096):  # all pages but the first two
        content[at : at + 100] = b"\xff" * 100
    file.write_bytes(content)  # after a clean stop, and no copy: only its time has changed

    with pytest.raises(Exception, match=r"damaged|malformed"):
        await open_store(tmp_path)
