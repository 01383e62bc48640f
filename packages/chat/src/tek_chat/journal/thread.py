"""The thread that alone touches the journal's database, so that the loop never waits for a disk.

It must never know what is written: it decides when, and what goes into one transaction.
"""

import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import TypeVar

from tek_chat.journal.journal_crash_points import crash_point
from tek_chat.journal.schema import JournalError, told_as_ours

T = TypeVar("T")

LATEST = 0.25
"""Seconds that what may be written later waits for more of the kind."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Job:
    """`work` is all done when `done` is called, and not at all when `failed` is."""

    work: Callable[[sqlite3.Connection], object]
    done: Callable[[], object]
    failed: Callable[[JournalError], object]
    is_urgent: bool = True


class JournalThread:
    """Does one thing after the other, in the order in which they were asked for."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._is_closed = False
        # A daemon, so that a program can end which forgets to close the journal.
        threading.Thread(target=self._run, name="tek-journal", daemon=True).start()

    def later(
        self,
        work: Callable[[sqlite3.Connection], object],
        failed: Callable[[JournalError], object],
    ) -> None:
        """Do `work` soon, in one transaction with more of the kind."""
        self._jobs.put(_Job(work, lambda: None, failed, is_urgent=False))

    def now(self, work: Callable[[sqlite3.Connection], T]) -> "Future[T]":
        """Do `work` at once, in one transaction with what waits; it fails with `JournalError`."""
        done: Future[T] = Future()
        done.set_running_or_notify_cancel()  # whoever is not interested any more cancels nothing
        if self._is_closed:
            done.set_exception(JournalError("the journal is closed"))
            return done
        results: list[T] = []
        self._jobs.put(
            _Job(
                lambda database: results.append(work(database)),
                lambda: done.set_result(results[-1]),
                done.set_exception,
            )
        )
        return done

    def close(self) -> "Future[None]":
        """Do what waits, close the database and end."""
        flushed = self.now(lambda _: None)
        self._is_closed = True
        self._jobs.put(None)
        return flushed

    # ---- In the thread -----------------------------------------------------------------------

    def _run(self) -> None:
        waiting: list[_Job] = []
        due = 0.0
        while True:
            try:
                left = max(0.0, due - time.monotonic()) if waiting else None
                job = self._jobs.get(timeout=left)
            except Empty:
                pass
            else:
                if job is None:
                    break
                due = due if waiting else time.monotonic() + LATEST
                waiting.append(job)
                if not job.is_urgent:
                    continue
            _do(self._database, waiting)
            waiting = []
        self._database.close()


def _do(database: sqlite3.Connection, jobs: Sequence[_Job]) -> None:
    """Do all of `jobs` in one transaction, or none."""
    try:
        with told_as_ours():
            _commit(database, jobs)
    except JournalError as error:
        for job in jobs:
            job.failed(error)
    except Exception as bug:  # noqa: BLE001 - whoever waits must be told, or waits for ever
        _log.error("a bug in the journal", exc_info=bug)
        for job in jobs:
            job.failed(JournalError(repr(bug)))
    else:
        for job in jobs:
            job.done()


def _commit(database: sqlite3.Connection, jobs: Sequence[_Job]) -> None:
    try:
        database.execute("BEGIN IMMEDIATE")
        for job in jobs:
            job.work(database)
        crash_point("before-commit")
        database.execute("COMMIT")
        crash_point("after-commit")
    finally:
        if database.in_transaction:
            database.execute("ROLLBACK")
