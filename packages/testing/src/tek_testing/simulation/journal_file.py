"""A journal's file, and a thread that writes it when the simulation says so.

What is written is up to the product.
"""

import sqlite3
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import TypeVar

from tek_chat.journal.schema import JournalError, open_database

T = TypeVar("T")


class File:
    """A journal's file; `alive` has the clients that hold a lock on it."""

    def __init__(self) -> None:
        self.database = open_database(Path(":memory:"))
        self.alive: set[str] = set()
        self._names = count(1)

    def close(self) -> None:
        """Close the file."""
        self.database.close()

    def name(self) -> str:
        """Return a name that was not used before."""
        return f"{next(self._names):04}"

    def is_gone(self, name: str) -> bool:
        """Return whether the client of that name has died."""
        return name not in self.alive


@dataclass(slots=True)
class FileOwner:
    """One of the clients that share a file."""

    file: File
    name: str

    def is_gone(self, name: str) -> bool:
        """Return whether the client of that name has died."""
        return self.file.is_gone(name)


@dataclass(slots=True)
class _Job:
    work: Callable[[sqlite3.Connection], object]
    done: Callable[[], object]
    failed: Callable[[JournalError], object]


@dataclass(slots=True)
class SimulatedThread:
    """A journal's thread that runs its work in `flush`, in one transaction.

    It does not flush while it `is_held`.
    """

    database: sqlite3.Connection
    is_prompt: bool = True
    jobs: list[_Job] = field(default_factory=list[_Job])
    is_held: bool = False

    def later(
        self, work: Callable[[sqlite3.Connection], object], failed: Callable[[JournalError], object]
    ) -> None:
        """Do `work` with the next flush."""
        self.jobs.append(_Job(work, lambda: None, failed))

    def now(self, work: Callable[[sqlite3.Connection], T]) -> "Future[T]":
        """Do `work` with the next flush, and wait for it."""
        done: Future[T] = Future()
        done.set_running_or_notify_cancel()
        results: deque[T] = deque()
        self.jobs.append(
            _Job(
                lambda database: results.append(work(database)),
                lambda: done.set_result(results[-1]),
                done.set_exception,
            )
        )
        if self.is_prompt:
            self.flush()
        return done

    def moves(self) -> list[Callable[[], None]]:
        """Return what may happen next."""
        return [self.flush] if self.jobs and not self.is_held else []

    def flush(self) -> None:
        """Do all queued work in one transaction."""
        jobs, self.jobs = self.jobs, []
        self.database.execute("BEGIN IMMEDIATE")
        for job in jobs:
            job.work(self.database)
        self.database.execute("COMMIT")
        for job in jobs:
            job.done()

    def die(self) -> None:
        """Stop working, for good."""
        jobs, self.jobs = self.jobs, []
        self.is_prompt = False
        for job in jobs:
            job.failed(JournalError("the client is dead"))
