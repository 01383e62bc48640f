"""What the gateway has recorded of a session, as a new client reads it from the start."""

import json
import time

from tek_testing.checkers.shown_session import ShownSession, TraceReader
from tek_testing.clients.resume_client import AppliedLog, ResumeClient
from tek_testing.clients.traced_client import TraceLine


async def recorded_session(url: str, session_id: str) -> ShownSession:
    """Return the session in the gateway's log, read from its start to its head."""
    held = AppliedLog()
    held.session_id = session_id
    watcher = TraceReader("the gateway's log")
    async with ResumeClient(url, held) as client:
        head = (await client.resume()).head
        while held.cursor < head:
            await client.take()
    for frame in client.frames[1:]:
        watcher.take(TraceLine("received", time.time(), message=json.loads(frame)))
    return watcher.picture
