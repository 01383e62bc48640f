"""The messages of one session that wait for an answer."""

import asyncio
from collections import deque
from dataclasses import dataclass, field

from tek_gateway.store.session_records import OwedTurn
from tek_gateway.turns.plain_stream import PlainStream
from tek_gateway.turns.turn import Turn


@dataclass(slots=True, eq=False)
class SessionQueue:
    """The owed turns of one session, in order; the first of them runs in `task`.

    `pending` counts the changes to the queue that are being stored. `streams` relay to plain
    clients, which get one turn at a time; other clients' messages wait behind whatever runs.
    """

    session_id: str
    owed: deque[OwedTurn] = field(default_factory=deque[OwedTurn])
    streams: dict[int, PlainStream] = field(default_factory=dict[int, PlainStream])
    pending: int = 0
    turn: Turn | None = None
    task: asyncio.Task[None] | None = None

    @property
    def length(self) -> int:
        """Return how many messages wait, those that are being stored included."""
        return self.pending + len(self.owed)

    @property
    def is_unused(self) -> bool:
        """Return whether nothing runs and nothing waits."""
        return self.task is None and not self.length

    def find(self, request_id: str) -> OwedTurn | None:
        """Return the owed turn of `request_id`, if it is in the queue."""
        return next((owed for owed in self.owed if owed.request_id == request_id), None)

    def remove_first(self) -> None:
        """Remove the turn that has ended."""
        owed = self.owed.popleft()
        self.streams.pop(owed.seq, None)
        self.turn = None
