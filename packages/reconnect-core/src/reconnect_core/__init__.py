"""A WebSocket session that outlives its connections.

```python
async with Session("ws://127.0.0.1:3271/gateway") as session:
    await session.send({"type": "note", "content": "hello"})
    async for event in session:
        match event:
            case Received(text=text): print(text)
            case Waiting(delay=delay): print(f"back in {delay:.0f} s")
```
"""

from reconnect_core.dialect import Dialect
from reconnect_core.errors import (
    IdInUse,
    InvalidURL,
    MessageTooLarge,
    NotOnline,
    NotQueued,
    OutboxFull,
    ReconnectError,
    RequestFailed,
    RequestRefused,
    RequestTimeout,
    SessionClosed,
)
from reconnect_core.events import (
    Accepted,
    Blocked,
    Closed,
    Connecting,
    Connection,
    Discarded,
    Event,
    Failed,
    Interrupted,
    NotSaved,
    Online,
    Phase,
    PhaseEvent,
    Queued,
    Received,
    Resuming,
    Sent,
    SessionLost,
    SessionOpened,
    SessionReset,
    Uncertain,
    Unreadable,
    Waiting,
)
from reconnect_core.io.link import Call, DialFailed, Link, LinkLost
from reconnect_core.io.reconnect_delay import get_reconnect_delay
from reconnect_core.io.target import Provider
from reconnect_core.io.world import RealWorld, World
from reconnect_core.rules.address import check_url
from reconnect_core.rules.backoff import Backoff
from reconnect_core.rules.heartbeat import Heartbeat
from reconnect_core.rules.outbox import Limits
from reconnect_core.rules.verdict import Cause, Failure
from reconnect_core.session import Session
from reconnect_core.storage import (
    Applied,
    Change,
    Contents,
    MemoryStorage,
    MessageState,
    Moved,
    Removed,
    Storage,
    Stored,
)

__all__ = [
    "Accepted",
    "Applied",
    "Backoff",
    "Blocked",
    "Call",
    "Cause",
    "Change",
    "Closed",
    "Connecting",
    "Connection",
    "Contents",
    "DialFailed",
    "Dialect",
    "Discarded",
    "Event",
    "Failed",
    "Failure",
    "Heartbeat",
    "IdInUse",
    "Interrupted",
    "InvalidURL",
    "Limits",
    "Link",
    "LinkLost",
    "MemoryStorage",
    "MessageState",
    "MessageTooLarge",
    "Moved",
    "NotOnline",
    "NotQueued",
    "NotSaved",
    "Online",
    "OutboxFull",
    "Phase",
    "PhaseEvent",
    "Provider",
    "Queued",
    "RealWorld",
    "Received",
    "ReconnectError",
    "Removed",
    "RequestFailed",
    "RequestRefused",
    "RequestTimeout",
    "Resuming",
    "Sent",
    "Session",
    "SessionClosed",
    "SessionLost",
    "SessionOpened",
    "SessionReset",
    "Storage",
    "Stored",
    "Uncertain",
    "Unreadable",
    "Waiting",
    "World",
    "check_url",
    "get_reconnect_delay",
]
