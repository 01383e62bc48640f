"""What the window says about unsent messages when the user quits."""

import sqlite3
from contextlib import closing
from pathlib import Path

from tek_chat.journal.journal import Journal
from tek_testing.deadlines import deadline
from tek_testing.desktop.window_user import until, user_of

NOWHERE = "ws://127.0.0.1:1/gateway"


async def test_unsent_messages_in_the_journal_are_reported_as_saved(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path / "journal")
    async with deadline(20), user_of(NOWHERE, journal=journal) as user:
        user.say("later")
        await until(lambda: user.sees("queued"))
        user.window.quit()
        assert user.sees("1 message is saved and will be sent at the next start")


async def test_after_the_journal_has_failed_unsent_messages_are_not_reported_as_saved(
    tmp_path: Path,
) -> None:
    path = tmp_path / "journal"
    async with deadline(20), user_of(NOWHERE, journal=Journal.open(path)) as user:
        with closing(sqlite3.connect(path)) as database:
            database.execute("DROP TABLE outbox")
            database.commit()
        user.say("later")
        await until(lambda: user.sees("messages are not saved"))
        user.window.quit()
        assert not user.sees("is saved")
        assert user.sees("1 message is unsent and could not be saved")
