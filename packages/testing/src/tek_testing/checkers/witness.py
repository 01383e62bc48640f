"""What the gateway has of a session, as somebody is told who has never seen it before.

It must never write to the session.
"""

import json
import time

from tek_testing.checkers.pictures import Picture, Watcher
from tek_testing.clients.resume_client import AppliedLog, ResumeClient
from tek_testing.clients.traced import Line


async def picture_of(url: str, session_id: str) -> Picture:
    """Return the whole session, read from its start to its head."""
    held = AppliedLog()
    held.session_id = session_id
    watcher = Watcher("the gateway's log")
    async with ResumeClient(url, held) as client:
        head = (await client.resume()).head
        while held.cursor < head:
            await client.take()
    for frame in client.frames[1:]:
        watcher.take(Line("received", time.time(), message=json.loads(frame)))
    return watcher.picture
