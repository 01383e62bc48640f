"""A gateway's disk, which outlives gateways and may lose their latest commits.

The writer and the reader of the log are the product's own.
"""

import asyncio
import random
import sqlite3
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from tek_gateway.errors import StorageFull, StoreError
from tek_gateway.log.log_entries import Entry, Message
from tek_gateway.log.log_positions import SKIP, SKIPS, Extent
from tek_gateway.log.message_history import CONTEXT_LIMIT
from tek_gateway.store.changes import Change, Result
from tek_gateway.store.session_records import OwedTurn, SessionRecord, StaleSession, TurnContext
from tek_gateway.store.sqlite.log_reader import LogReader
from tek_gateway.store.sqlite.log_writer import LogWriter
from tek_gateway.store.sqlite.schema import count_start, prepare
from tek_protocol.chat import SessionInfo

R = TypeVar("R")

_STATES = 4
_DEAD = "the gateway is dead"
_NO_ROOM = "there is no room"
_UNWRITABLE = "the disk cannot be written"
_UNREADABLE = "the disk cannot be read"


class Disk:
    """One database; `written` has every position of a log that was ever committed on it.

    `accepted` has every user message ever committed, with its session.
    """

    def __init__(self) -> None:
        self.database = sqlite3.connect(":memory:", isolation_level=None)
        prepare(self.database)
        self.written: set[tuple[str, int]] = set()
        self.accepted: set[tuple[str, str]] = set()
        self.states: deque[bytes] = deque(maxlen=_STATES)
        self.backup = self.database.serialize()
        self._die = random.Random(7)  # noqa: S311 - the same in every run

    @property
    def owes(self) -> bool:
        """Whether a message has an answer that has not ended."""
        return self.database.execute("SELECT 1 FROM owed").fetchone() is not None

    def skip(self) -> int:
        """Return how many positions the next gateway skips, from a seeded generator."""
        return SKIP * (1 + self._die.randrange(SKIPS))

    def keep(self) -> None:
        """Keep the state after a commit: a power loss may bring it back."""
        self.states.append(self.database.serialize())

    def note(self, entries: Sequence[Entry]) -> None:
        """Record what was committed."""
        for each in entries:
            self.written.add((each.session_id, each.seq))
            if each.draft.request_id is None and each.draft.message_id is not None:
                self.accepted.add((each.draft.message_id, each.session_id))

    def set_back(self, commits: int) -> None:
        """Lose the latest `commits`, or as many as are kept."""
        for _ in range(min(commits, len(self.states) - 1)):
            self.states.pop()
        if self.states:
            self._load(self.states[-1])

    def restore(self) -> None:
        """Replace the database by the backup."""
        self._load(self.backup)

    def save(self) -> None:
        """Make a new backup."""
        self.backup = self.database.serialize()

    def expire(self, which: int) -> None:
        """Delete one session, if there is one."""
        found = self.database.execute("SELECT session_id FROM sessions").fetchall()
        if found:
            session = found[which % len(found)]
            self.database.execute("DELETE FROM sessions WHERE session_id = ?", session)
        self.keep()

    def age(self) -> None:
        """Make every unanswered message two days older."""
        self.database.execute("UPDATE owed SET accepted_at = accepted_at - 172800")
        self.keep()

    def close(self) -> None:
        """Close the database."""
        self.database.close()

    def _load(self, state: bytes) -> None:
        self.states.clear()
        self.states.append(state)
        with closing(sqlite3.connect(":memory:")) as copy:
            copy.deserialize(state)
            copy.backup(self.database)


@dataclass(slots=True, eq=False)
class PendingCommit:
    """Changes to write, and the future of whoever waits for the commit."""

    changes: Sequence[Change]
    told: asyncio.Future[Sequence[Result]]
    results: Sequence[Result] | None = None


@dataclass(slots=True)
class SimulatedStore:
    """A `Store` on `disk` that commits in `write` and reports the commit in `tell`.

    Reads happen at once, and their results arrive with `arrive`. Nothing is written while it
    `is_held`. The next `failures` commits and the next `misreadings` reads fail, and every commit
    fails while it `is_full`.

    It repeats the methods of `SqliteStore`, whose threads a simulation cannot step through.
    """

    disk: Disk
    is_clean: bool
    asked: PendingCommit | None = None
    reads: deque[asyncio.Future[None]] = field(default_factory=deque[asyncio.Future[None]])
    is_held: bool = False
    failures: int = 0
    misreadings: int = 0
    is_full: bool = False
    is_dead: bool = False
    _writer: LogWriter = field(init=False)
    _reader: LogReader = field(init=False)

    def __post_init__(self) -> None:
        """Start as the product's store does."""
        start = count_start(self.disk.database, clean=self.is_clean)
        self.disk.keep()
        self._writer = LogWriter(self.disk.database, start, Path("/"), self.disk.skip())
        self._reader = LogReader(self.disk.database)

    # ---- For the test ------------------------------------------------------------------------

    @property
    def is_counted(self) -> bool:
        """Whether the file has recorded this start; without that, its stop is not clean."""
        return self._writer.is_counted

    def moves(self) -> list[Callable[[], None]]:
        """Return what may happen next."""
        found: list[Callable[[], None]] = []
        if self.asked is not None and not self.is_held:
            found.append(self.write if self.asked.results is None else self.tell)
        if self.reads:
            found.append(self.arrive)
        return found

    def write(self) -> None:
        """Commit the next changes, unless they are to fail."""
        asked = self.asked
        assert asked is not None
        if self.is_full:
            asked.results = [StorageFull(_NO_ROOM) for _ in asked.changes]
            return
        if self.failures:
            self.failures -= 1
            asked.results = [StoreError(_UNWRITABLE) for _ in asked.changes]
            return
        asked.results = self._writer.commit(asked.changes)
        self.disk.keep()
        for result in asked.results:
            entries = () if isinstance(result, StoreError) else result
            self.disk.note(entries)

    def tell(self) -> None:
        """Report the outcome of the latest commit."""
        asked, self.asked = self.asked, None
        assert asked is not None
        assert asked.results is not None
        if not asked.told.done():
            asked.told.set_result(asked.results)

    def arrive(self) -> None:
        """Deliver the oldest read, if its reader still waits."""
        arrived = self.reads.popleft()
        if not arrived.done():
            arrived.set_result(None)

    def die(self) -> None:
        """Stop writing, for good."""
        self.is_dead = True
        if self.asked is not None:
            self.asked.results = _dead(self.asked.changes)
            self.tell()
        while self.reads:
            self.arrive()

    # ---- A store -----------------------------------------------------------------------------

    async def commit(self, changes: Sequence[Change]) -> Sequence[Result]:
        """Queue `changes`, and wait for the commit."""
        if self.is_dead:
            return _dead(changes)
        assert self.asked is None, "one commit at a time"
        self.asked = PendingCommit(changes, asyncio.get_running_loop().create_future())
        return await self.asked.told

    async def find(self, session_id: str, principal: str) -> SessionRecord | None:
        """Return the session with that id if it exists and is the principal's."""
        return await self._read(lambda: self._reader.find(session_id, principal))

    async def extent(self, session_id: str, principal: str) -> Extent | None:
        """Return the extent of a session's log if it exists and is the principal's."""
        return await self._read(lambda: self._reader.extent(session_id, principal))

    async def page(self, session_id: str, cursor: int) -> Sequence[Entry]:
        """Return the next entries after `cursor`."""
        return await self._read(lambda: self._reader.page(session_id, cursor))

    async def owed(self) -> Sequence[OwedTurn]:
        """Return all messages whose turns have not ended; called before anything else."""
        return self._reader.owed()

    async def turn_context(self, owed: OwedTurn, limit: int = CONTEXT_LIMIT) -> TurnContext:
        """Return what the turn for `owed` needs."""
        return await self._read(lambda: self._reader.turn_context(owed, limit))

    async def context(self, session_id: str) -> tuple[Message, ...]:
        """Return the latest messages of a session."""
        return await self._read(lambda: self._reader.context(session_id))

    async def knows(self, session_id: str, message_id: str) -> bool:
        """Return whether a session has the user's message of that id."""
        return await self._read(lambda: self._reader.knows(session_id, message_id))

    async def sessions(self, limit: int, principal: str) -> tuple[SessionInfo, ...]:
        """Return the principal's newest sessions."""
        return await self._read(lambda: self._reader.sessions(limit, principal))

    async def count(self) -> int:
        """Return how many sessions there are."""
        return await self._read(self._reader.count)

    async def count_of(self, principal: str) -> int:
        """Return how many sessions a principal has."""
        return await self._read(lambda: self._reader.count_of(principal))

    async def empty_of(self, principal: str, before: float) -> Sequence[str]:
        """Return the principal's sessions without a message."""
        return await self._read(lambda: self._reader.empty_of(principal, before))

    async def stale(self) -> Sequence[StaleSession]:
        """Return the sessions without an unfinished turn."""
        return await self._read(self._reader.stale)

    async def has_room(self) -> bool:
        """Return whether there is room; trying counts as a commit that may fail."""
        return not self.is_full

    async def close(self) -> None:
        """Do nothing: the disk outlives its stores."""

    async def _read(self, work: Callable[[], R]) -> R:
        if self.is_dead:
            raise StoreError(_DEAD)
        if self.misreadings:
            self.misreadings -= 1
            raise StoreError(_UNREADABLE)
        found = work()
        arrived: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.reads.append(arrived)
        await arrived
        return found


def _dead(changes: Sequence[Change]) -> list[Result]:
    return [StoreError(_DEAD) for _ in changes]
