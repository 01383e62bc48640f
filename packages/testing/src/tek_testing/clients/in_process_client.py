"""A client in this process: a bare session, watched by the same trace as the real clients.

It starts in no time, and so suits tests that kill very many gateways.
"""

import asyncio
import json
import time
from dataclasses import dataclass, field
from typing import Self

from reconnect_core import Backoff, RealWorld, Session
from tek_chat.tek_dialect import TEK_DIALECT
from tek_chat.trace import trace_line
from tek_testing.clients.chat_clients import FAST
from tek_testing.clients.traced_client import TracedClient, TraceLine, read_line


@dataclass(slots=True)
class InProcessClient(TracedClient):
    """A session at `url` that resumes; `async with` starts and closes it."""

    url: str
    session: Session = field(init=False)
    _typed: asyncio.Queue[str] = field(default_factory=asyncio.Queue[str])
    _typing: asyncio.Task[None] | None = None

    def __post_init__(self) -> None:
        """Make the session, with the backoff of the other clients under test."""
        self.session = Session(
            self.url,
            dialect=TEK_DIALECT,
            backoff=Backoff(FAST["base"], FAST["cap"], FAST["jitter"]),
            world=RealWorld(int(FAST["seed"])),
        )

    def enter(self, text: str) -> None:
        """Have the user submit one line."""
        self._typed.put_nowait(text)

    async def __aenter__(self) -> Self:
        """Start dialling."""
        await self.session.__aenter__()
        self._typing = asyncio.create_task(self._type())
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close."""
        if self._typing is not None:
            self._typing.cancel()
            await asyncio.wait({self._typing})
        await self.session.close()

    async def _type(self) -> None:
        while True:
            text = await self._typed.get()
            await self.session.send({"type": "chat.send", "content": text})

    async def _read_line(self) -> TraceLine:
        event = await anext(self.session)
        return read_line(json.dumps(trace_line(event, time.time())))
