"""A chat client that may die at any time: a session, its journal and its view.

All three are the product's own; only the world, the file and the thread are simulated.
"""

import asyncio
import random
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import count
from typing import TYPE_CHECKING, cast

from reconnect_core import (
    Accepted,
    Call,
    Event,
    Failed,
    Link,
    NotSaved,
    Received,
    ReconnectError,
    Sent,
    Session,
    SessionLost,
    SessionOpened,
    SessionReset,
    Uncertain,
)
from tek_chat import View
from tek_chat.journal import outbox_rows, rows
from tek_chat.journal.journal import JournalStorage
from tek_chat.tek_dialect import TEK_DIALECT
from tek_testing.simulation.journal_file import File, FileOwner, SimulatedThread
from tek_testing.simulation.network import Network
from tek_testing.simulation.simulated_loop import SimulatedLoop

if TYPE_CHECKING:
    from tek_chat.journal.lock import JournalLock
    from tek_chat.journal.thread import JournalThread

_URL = "ws://127.0.0.1:3271/gateway"


@dataclass(slots=True)
class SimulatedWorld:
    """The `World` of one client."""

    loop: SimulatedLoop
    network: Network
    prefix: str
    is_over: bool = False
    _die: random.Random = field(default_factory=lambda: random.Random(7))  # noqa: S311 - no secret
    _names: "count[int]" = field(default_factory=count)

    def monotonic(self) -> float:
        """Return the simulated clock."""
        return self.loop.time()

    def time(self) -> float:
        """Return the simulated clock."""
        return self.loop.time()

    def roll(self) -> float:
        """Return a number in [0, 1)."""
        return self._die.random()

    def name(self) -> str:
        """Return a name that was not used before."""
        return f"{self.prefix}{next(self._names)}"

    async def sleep(self, seconds: float) -> None:
        """Return after `seconds`."""
        await asyncio.sleep(seconds)

    async def woke(self) -> None:
        """Never return: this machine does not sleep."""
        await asyncio.Event().wait()

    async def dial(self, call: Call) -> Link:
        """Open a link."""
        while self.is_over:
            await asyncio.Event().wait()
        return self.network.dial(call)


@dataclass(slots=True)
class Shown:
    """One entry of a log as a client was given it, and how far it had come by then."""

    session_id: str
    cursor: int
    received: Received


class SimulatedClient:
    """One user's client; `events` has those of its session since they were last read."""

    def __init__(self, name: str, loop: SimulatedLoop, file: File, network: Network) -> None:
        self.name = name
        self.file = file
        self.thread: SimulatedThread | None = None
        self.session: Session | None = None
        self.view = View()
        self.session_id = ""
        self.cursor = 0
        self.lives = 0
        self.shown: list[Shown] = []
        self.accepted: set[str] = set()
        self.sent: set[str] = set()
        self.uncertain: set[str] = set()
        self.failed: set[str] = set()
        self._loop = loop
        self._network = network
        self._life: asyncio.Task[None] | None = None
        self._world: SimulatedWorld | None = None
        self._asking: dict[asyncio.Task[None], None] = {}
        self._owner = FileOwner(file, "")

    @property
    def is_alive(self) -> bool:
        """Whether it is running."""
        return self._life is not None

    @property
    def running_thread(self) -> SimulatedThread:
        """The thread that writes its journal."""
        assert self.thread is not None
        return self.thread

    def last_session(self) -> str:
        """Return the last session in the journal."""
        unsent = outbox_rows.unsent(self.file.database, self.file.is_gone)
        return unsent[0] if unsent else rows.last_used(self.file.database)

    def start(self, session_id: str) -> None:
        """Start with what the journal has of a session."""
        self.lives += 1
        self._owner = FileOwner(self.file, self.file.name())
        self.file.alive.add(self._owner.name)
        self.thread = SimulatedThread(self.file.database)
        storage = JournalStorage(
            cast("JournalThread", self.thread),
            rows.OutboxRow(self.file.name(), self._owner.name, session_id),
            cast("JournalLock", self._owner),
        )
        self.thread.is_prompt = False
        self.session_id, self.cursor = session_id, storage.load(session_id).cursor
        self.view = _begun(session_id, storage.transcript)
        self._world = SimulatedWorld(self._loop, self._network, f"{self.name}{self.lives}.")
        self._life = self._loop.create_task(self._live(session_id, storage, self._world))
        self._loop.settle()

    def die(self) -> None:
        """End at once: the view is lost, and so is what the journal has not written."""
        assert self._life is not None
        assert self._world is not None
        assert self.thread is not None
        life, self._life, self.session = self._life, None, None
        self._world.is_over = True
        self.thread.die()
        self.file.alive.discard(self._owner.name)
        life.cancel()
        for task in self._asking:
            task.cancel()
        self._loop.settle()
        assert life.done()

    def submit(self, message_id: str, text: str, taken: Callable[[], None]) -> None:
        """Send a message as the user; `taken` is called once the user sees that it is saved."""
        session = self._running()

        async def ask() -> None:
            with suppress(ReconnectError):
                await session.send({"type": "chat.send", "id": message_id, "content": text})
                taken()

        self._ask(ask())

    def stop(self, request_id: str) -> None:
        """Stop an answer as the user."""
        session = self._running()

        async def ask() -> None:
            with suppress(ReconnectError):
                await session.request({"type": "chat.stop", "requestId": request_id})

        self._ask(ask())

    def resend(self, message_id: str) -> bool:
        """Send a message again that failed or is uncertain; False if there is none."""
        try:
            self._running().resend(message_id)
        except KeyError:
            return False
        self._loop.settle()
        return True

    def discard(self, message_id: str) -> bool:
        """Discard a message as the user; False if it is under way or answered."""
        try:
            self._running().discard(message_id)
        except KeyError:
            return False
        self._loop.settle()
        return True

    def _running(self) -> Session:
        assert self.session is not None
        return self.session

    def _ask(self, asking: Coroutine[None, None, None]) -> None:
        task = self._loop.create_task(asking)
        self._asking[task] = None
        task.add_done_callback(self._asking.pop)
        self._loop.settle()

    async def _live(self, session_id: str, storage: JournalStorage, world: SimulatedWorld) -> None:
        async with Session(
            _URL, session_id=session_id, dialect=TEK_DIALECT, storage=storage, world=world
        ) as session:
            self.session = session
            async for event in session:
                if not world.is_over:
                    self._happened(event)

    def _happened(self, event: Event) -> None:
        match event:
            case Received() if (seq := event.envelope.seq) is not None:
                self.shown.append(Shown(self.session_id, self.cursor, event))
                self.cursor = seq
            case SessionOpened(session_id) | SessionReset(session_id):
                self.session_id, self.cursor = session_id, 0
            case SessionLost():
                self.session_id, self.cursor = "", 0
            case Accepted(message_id):
                self.accepted.add(message_id)
            case Sent(message_id):
                self.sent.add(message_id)
            case Uncertain(message_id):
                self.uncertain.add(message_id)
            case Failed(message_id):
                self.failed.add(message_id)
            case NotSaved(reason):
                raise AssertionError(reason)
            case _:
                pass
        self.view = self.view.after(event)


def _begun(session_id: str, transcript: Sequence[Received]) -> View:
    view = View(session_id=session_id)
    for each in transcript:
        view = view.after(each)
    return replace(view, is_from_log=True)
