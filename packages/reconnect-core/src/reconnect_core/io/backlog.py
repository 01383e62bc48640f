"""What waits to be written to the gateway, whichever link is open."""

import asyncio
from dataclasses import dataclass, field

from reconnect_core.io.requests import Requests
from reconnect_core.io.signals import Signals
from reconnect_core.rules.outbox import Outbox


@dataclass(slots=True)
class Backlog:
    """The outbox, the requests and the signals of a session.

    `changed` is set when there may be something to write.
    """

    outbox: Outbox
    requests: Requests = field(init=False)
    signals: Signals = field(init=False)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        """Give all three the same frame limit."""
        self.requests = Requests(self.outbox.limits.frame_bytes)
        self.signals = Signals(self.outbox.limits.frame_bytes)

    def link_lost(self) -> None:
        """Have requests written again on the next link, and drop signals."""
        self.requests.link_lost()
        self.signals.link_lost()
