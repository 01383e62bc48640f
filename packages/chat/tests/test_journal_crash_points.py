"""A client dies at the crash point that it was given, and at no other."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from reconnect_core import MessageState, Stored
from tek_chat.journal.journal import Journal
from tek_chat.journal.journal_crash_points import VARIABLE

WRITER = """
import asyncio, sys
from pathlib import Path
from reconnect_core import MessageState, Stored
from tek_chat.journal.journal import Journal

async def main():
    journal = Journal.open(Path(sys.argv[1]))
    storage = journal.storage("s")
    for order, name in enumerate("ab", 1):
        await storage.commit([Stored(name, "{}", MessageState.QUEUED, order)])
    await journal.close()

asyncio.run(main())
"""


def written(path: Path, crash_at: str) -> int:
    """Have a client write two messages, and return how it ended."""
    command = [sys.executable, "-c", WRITER, os.fspath(path)]
    environment = {**os.environ, VARIABLE: crash_at}
    return subprocess.run(command, env=environment, timeout=30, check=False).returncode  # noqa: S603 - this very Python


async def kept(path: Path) -> tuple[Stored, ...]:
    journal = Journal.open(path)
    messages = tuple(journal.storage("s").load("s").messages)
    await journal.close()
    return messages


# The first transaction is the reading when the storage is made.
@pytest.mark.parametrize(
    ("crash_at", "names"),
    [
        ("before-commit:2", ""),
        ("after-commit:2", "a"),
        ("before-commit:3", "a"),
        ("after-commit:3", "ab"),
    ],
)
async def test_a_client_dies_around_the_commit_that_it_was_given(
    tmp_path: Path, crash_at: str, names: str
) -> None:
    path = tmp_path / "chat.sqlite"
    assert written(path, crash_at) == -signal.SIGKILL
    assert "".join(each.id for each in await kept(path)) == names


@pytest.mark.parametrize("crash_at", ["", "before-commit:100", "nowhere"])
async def test_a_client_that_reaches_no_such_point_lives(tmp_path: Path, crash_at: str) -> None:
    path = tmp_path / "chat.sqlite"
    assert written(path, crash_at) == 0
    assert [each.place for each in await kept(path)] == [MessageState.QUEUED] * 2
