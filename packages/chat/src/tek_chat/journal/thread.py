"""The thread that owns the journal's database, and commits queued work in batches."""

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
from tek_chat.journal.schema import JournalError, journal_errors

T = TypeVar("T")

LATEST = 0.25
"""Seconds that deferred work waits for more of it before a commit."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Job:
    """`done` is called once `work` is committed, `failed` if it is rolled back."""

    work: Callable[[sqlite3.Connection], object]
    done: Callable[[], object]
    failed: Callable[[JournalError], object]
    is_urgent: bool = True


class JournalThread:
    """Runs jobs in the order in which they were queued."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._is_closed = False
        # A daemon, so that a program that does not close the journal can end.
        threading.Thread(target=self._run, name="tek-journal", daemon=True).start()

    def later(
        self,
        work: Callable[[sqlite3.Connection], object],
        failed: Callable[[JournalError], object],
    ) -> None:
        """Run `work` within `LATEST` seconds, in one transaction with other deferred work."""
        self._jobs.put(_Job(work, lambda: None, failed, is_urgent=False))

    def now(self, work: Callable[[sqlite3.Connection], T]) -> "Future[T]":
        """Run `work` at once, in one transaction with deferred work; fails with `JournalError`."""
        done: Future[T] = Future()
        done.set_running_or_notify_cancel()  # a caller that gives up does not cancel the work
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
        """Run the queued jobs, close the database and end the thread."""
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
    """Run all of `jobs` in one transaction, or none."""
    try:
        with journal_errors():
            _commit(database, jobs)
    except JournalError as error:
        for job in jobs:
            job.failed(error)
    except Exception as bug:  # noqa: BLE001 - or the callers would wait for ever
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
