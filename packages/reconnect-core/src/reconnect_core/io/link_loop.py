"""What moves over one open link: frames in, requests and the outbox out, and the heartbeat.

It must never dial, nor outlive its link: the connection loop makes another one for the next.
"""

import asyncio
import contextlib
import logging
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from reconnect_core.events import Event, Received, Unreadable
from reconnect_core.io.event_queue import EventQueue
from reconnect_core.io.link import Link, LinkLost
from reconnect_core.io.race import race
from reconnect_core.io.requests import Requests
from reconnect_core.io.signals import Signals
from reconnect_core.io.storage_writer import StorageWriter
from reconnect_core.io.world import World
from reconnect_core.rules.heartbeat import Heartbeat
from reconnect_core.rules.mode import ModeRules
from reconnect_core.rules.outbox import Outbox
from reconnect_core.rules.outgoing import OutgoingMessage
from reconnect_core.rules.verdict import LONGEST_WAIT, Cause, Failure
from tek_protocol import DecodeError, read_envelope
from tek_protocol.resume_frames import GoAway

_LAST_FRAMES = 1.0
"""Seconds to take over what had arrived before a link was lost; no network is waited for."""

_RESUME_STEP = 10.0
"""Seconds that a gateway has for each step of bringing a session back."""

_PONG_AFTER_WAKE = 2.0
"""Seconds; a link whose machine has slept is found dead within 3 of waking up."""

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class LinkLoop:
    """Serves `link`; `work` is set whenever there may be something to write."""

    link: Link
    rules: ModeRules
    ledger: Outbox
    requests: Requests
    signals: Signals
    mailbox: EventQueue
    keeper: StorageWriter
    world: World
    heartbeat: Heartbeat
    work: asyncio.Event
    tell: Callable[[Iterable[Event]], None]
    look: Callable[[ModeRules], None]
    _heard: float = field(init=False)
    _goaway: GoAway = field(default_factory=GoAway)

    def __post_init__(self) -> None:
        """Count the handshake as a sign of life."""
        self._heard = self.world.monotonic()

    async def until_lost(self) -> Failure:
        """Return why the link is lost, once it is and all that it had brought is taken."""
        try:
            watches = self._probe(), self._awaken(), self._watch_resumption()
            await race(self._read(), self._write(), *watches)
        except LinkLost as lost:
            await self._take_last()
            return self._asked_for(lost.failure)
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
        was_online, heard = self.rules.is_online, self.rules.received(received)
        if heard.events or self.ledger.changes or self.ledger.waiting:
            self.tell(heard.events)
        if heard.is_passed_on and not self.requests.settle(received):
            self.mailbox.put(received)
        if heard.goaway is not None:
            self._goaway = heard.goaway
        if self.rules.is_online is not was_online:
            self.look(self.rules)
            self.work.set()
        if heard.failure is not None:
            raise LinkLost(heard.failure)

    async def _write(self) -> None:
        """Write for the rules, then requests, signals, the outbox; the only writer of the link."""
        while True:
            if (frame := self.rules.take_frame()) is not None:
                await self.link.send(frame)
            elif self.rules.is_online and (asked := self.requests.take_unwritten()) is not None:
                await self.link.send(asked)
            elif self.rules.is_online and (signal := self.signals.take()) is not None:
                await self.link.send(signal)
            elif self.link.is_open and (message := self.rules.next_to_write()) is not None:
                await self._write_message(message)
            else:
                self.work.clear()
                await self.work.wait()

    async def _write_message(self, message: OutgoingMessage) -> None:
        """Write one message, once it is kept that it may have left, and in which session."""
        frame = self.rules.frame(message)
        self.tell(self.rules.written(message))
        await self.keeper.kept()
        # Meanwhile it may have been settled, or the session be asked for anew.
        if self.rules.is_online and message.id in self.ledger.flying:
            await self.link.send(frame)

    async def _watch_resumption(self) -> None:
        """Raise `LinkLost` when the session is not brought back, step by step."""
        while True:
            progress = self.rules.progress
            await self.world.sleep(_RESUME_STEP)
            if not self.rules.is_online and self.rules.progress == progress:
                detail = f"the session was not resumed within {_RESUME_STEP:g} s"
                raise LinkLost(Failure(Cause.TIMEOUT, detail))

    async def _awaken(self) -> None:
        """Probe the link as soon as the machine has slept."""
        while True:
            await self.world.woke()
            if not await self._is_answered(_PONG_AFTER_WAKE):
                raise LinkLost(Failure(Cause.HALF_OPEN, "the gateway is gone since the sleep"))

    async def _probe(self) -> None:
        """Raise `LinkLost` when the peer is silent and does not answer a ping either."""
        while True:
            await self.world.sleep(self.heartbeat.busy)
            if not self.link.is_open:
                self.link.abort()  # closed in words, but not in TCP; `_read` knows the words
            elif self._is_probe_due() and not await self._is_answered(self.heartbeat.timeout):
                detail = f"the gateway did not answer for {self.heartbeat.timeout:g} s"
                raise LinkLost(Failure(Cause.HALF_OPEN, detail))

    def _is_probe_due(self) -> bool:
        if self.mailbox.is_full:  # then nobody reads, and the silence is ours
            return False
        silence = self.world.monotonic() - self._heard
        in_flight = self.rules.in_flight or bool(len(self.requests))
        return self.heartbeat.is_due(silence, in_flight=in_flight)

    async def _is_answered(self, seconds: float) -> bool:
        """Return whether a pong comes in time, or any message, behind which a pong may wait."""
        while True:
            asked = self.world.monotonic()
            if not await race(self.link.ping(), self.world.sleep(seconds)):
                self._heard = self.world.monotonic()
                return True
            if self._heard <= asked:
                return False

    def _asked_for(self, failure: Failure) -> Failure:
        """Add when the gateway asked to come back, before it went."""
        wait = max(failure.retry_after, self._goaway.retry_after_ms / 1_000)
        spread = max(0.0, self._goaway.spread_ms / 1_000)
        return replace(
            failure, retry_after=min(wait, LONGEST_WAIT), spread=min(spread, LONGEST_WAIT)
        )


def unforeseen(bug: Exception) -> Failure:
    """Log where `bug` happened, but not its text: a provider may have put a token there."""
    name, trace = type(bug).__name__, "".join(traceback.format_tb(bug.__traceback__))
    _log.error("the connection failed in an unforeseen way: %s\n%s", name, trace)
    return Failure(Cause.INTERNAL, f"internal error: {name}")
