"""What the caller of a session sees: its events in order, and the state of its connection."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from reconnect_core.events import Closed, Connection, Event, NotSaved, Phase
from reconnect_core.io.backlog import Backlog
from reconnect_core.io.event_queue import EventQueue
from reconnect_core.io.storage_writer import StorageWriter
from reconnect_core.io.world import World
from reconnect_core.rules.verdict import Failure, is_refusal
from reconnect_core.storage import Storage

_UNREAD_EVENTS = 1_024
"""After so many unread events the session stops reading from its link."""


@dataclass(slots=True)
class Publisher:
    """Queues events for the caller, and passes the outbox's changes to the storage before them.

    `attempt` counts the waits since the last open connection, from 0.
    """

    backlog: Backlog
    world: World
    storage: Storage | None = None
    gateway: str = ""
    attempt: int = 0
    state: Connection = field(init=False)
    writer: StorageWriter = field(init=False)
    events: EventQueue = field(init=False)

    def __post_init__(self) -> None:
        """Begin idle."""
        self.state = Connection(since=self.world.time(), gateway=self.gateway)
        self.writer = StorageWriter(self.storage, self._storage_failed)
        self.events = EventQueue(_UNREAD_EVENTS, self.writer.flush)

    @property
    def connection(self) -> Connection:
        """The state of the connection, with the outbox as it is now."""
        outbox = self.backlog.outbox
        return replace(
            self.state,
            queued=len(outbox.queued),
            uncertain=len(outbox.uncertain),
            session_id=outbox.session_id,
        )

    def publish(self, events: Iterable[Event] = ()) -> None:
        """Queue `events` for the caller, and wake the writer of the link."""
        self.writer.add(self.backlog.outbox.take_changes())
        for event in events:
            self.events.put(event)
        self.backlog.changed.set()

    def enter(
        self,
        phase: Phase,
        *,
        retry_in: float | None = None,
        failure: Failure | None = None,
        mend: str = "",
    ) -> Connection:
        """Change the phase; returns the new state of the connection."""
        now = self.world.time()
        left_online = self.state.phase is Phase.ONLINE
        self.state = replace(
            self.state,
            phase=phase,
            since=now,
            attempt=self.attempt,
            retry_at=None if retry_in is None else now + retry_in,
            reason="" if failure is None else failure.detail,
            mend=mend,
            is_refused=failure is not None and is_refusal(failure),
            last_online=now if left_online or phase is Phase.ONLINE else self.state.last_online,
        )
        return self.connection

    def close(self) -> None:
        """Publish `Closed` and end the iteration; only the first call does anything."""
        if self.state.phase is not Phase.CLOSED:
            self.backlog.requests.close()
            self.publish([Closed(self.enter(Phase.CLOSED))])
            self.events.close()

    def _storage_failed(self, reason: str) -> None:
        """Go on with the outbox in memory only."""
        self.backlog.outbox.is_stored = False
        self.backlog.outbox.changes.clear()
        self.events.put(NotSaved(reason))
