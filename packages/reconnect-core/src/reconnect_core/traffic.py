"""What moves over one open link: frames in, requests and the outbox out, and the heartbeat.

It must never dial, nor outlive its link: the connection loop makes another one for the next.
"""

import asyncio
import contextlib
import logging
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from reconnect_core.events import Event, Received, Unreadable
from reconnect_core.heartbeat import Heartbeat
from reconnect_core.link import Link, LinkLost
from reconnect_core.mailbox import Mailbox
from reconnect_core.race import race
from reconnect_core.requests import Requests
from reconnect_core.session import Ledger
from reconnect_core.verdict import Cause, Failure
from reconnect_core.world import World
from tek_protocol import DecodeError, read_envelope

_LAST_FRAMES = 1.0
"""Seconds to take over what had arrived before a link was lost; no network is waited for."""

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Traffic:
    """Serves `link`; `work` is set whenever there may be something to write."""

    link: Link
    ledger: Ledger
    requests: Requests
    mailbox: Mailbox
    world: World
    heartbeat: Heartbeat
    work: asyncio.Event
    tell: Callable[[Iterable[Event]], None]
    _heard: float = field(init=False)

    def __post_init__(self) -> None:
        """Count the handshake as a sign of life."""
        self._heard = self.world.monotonic()

    async def until_lost(self) -> Failure:
        """Return why the link is lost, once it is and all that it had brought is taken."""
        try:
            await race(self._read(), self._write(), self._probe())
        except LinkLost as lost:
            await self._take_last()
            return lost.failure
        except Exception as bug:  # noqa: BLE001 - a bug must not end the loop
            return unforeseen(bug)
        return Failure(Cause.INTERNAL, "internal error")

    async def _read(self) -> None:
        while True:
            frame = await self.link.receive()
            self._heard = self.world.monotonic()
            try:
                await self.mailbox.room()
            finally:  # it has arrived, even if the link is lost meanwhile
                self._take(frame)

    async def _take_last(self) -> None:
        """Take what had arrived when the writer or the probe found the link lost."""
        self.link.abort()
        with contextlib.suppress(TimeoutError, LinkLost):
            async with asyncio.timeout(_LAST_FRAMES):
                while True:
                    self._take(await self.link.receive())

    def _take(self, frame: str | bytes) -> None:
        if isinstance(frame, bytes):
            self.tell([Unreadable(len(frame), "a binary frame")])
            return
        try:
            received = Received(read_envelope(frame), frame)
        except DecodeError as error:
            self.tell([Unreadable(len(frame), str(error))])
            return
        self.tell(self.ledger.received(received.envelope))
        if not self.requests.settle(received):
            self.tell([received])

    async def _write(self) -> None:
        """Write requests, then the outbox; the only writer of the link."""
        while True:
            if (question := self.requests.take_unwritten()) is not None:
                await self.link.send(question)
            elif self.link.is_open and (message := self.ledger.next_to_write()) is not None:
                frame = self.ledger.frame(message)
                self.tell(self.ledger.written(message))
                await self.link.send(frame)
            else:
                self.work.clear()
                await self.work.wait()

    async def _probe(self) -> None:
        """Raise `LinkLost` when the peer is silent and does not answer a ping either."""
        while True:
            await self.world.sleep(self.heartbeat.busy)
            if not self.link.is_open:
                self.link.abort()  # closed in words, but not in TCP; `_read` knows the words
            elif self._is_probe_due() and not await self._is_answered():
                detail = f"the gateway did not answer for {self.heartbeat.timeout:g} s"
                raise LinkLost(Failure(Cause.HALF_OPEN, detail))

    def _is_probe_due(self) -> bool:
        if self.mailbox.is_full:  # then nobody reads, and the silence is ours
            return False
        silence = self.world.monotonic() - self._heard
        in_flight = self.ledger.in_flight or bool(len(self.requests))
        return self.heartbeat.is_due(silence, in_flight=in_flight)

    async def _is_answered(self) -> bool:
        """Return whether a pong comes in time, or any message, behind which a pong may wait."""
        while True:
            asked = self.world.monotonic()
            if not await race(self.link.ping(), self.world.sleep(self.heartbeat.timeout)):
                self._heard = self.world.monotonic()
                return True
            if self._heard <= asked:
                return False


def unforeseen(bug: Exception) -> Failure:
    """Log where `bug` happened, but not its text: a provider may have put a token there."""
    name, trace = type(bug).__name__, "".join(traceback.format_tb(bug.__traceback__))
    _log.error("the connection failed in an unforeseen way: %s\n%s", name, trace)
    return Failure(Cause.INTERNAL, f"internal error: {name}")
