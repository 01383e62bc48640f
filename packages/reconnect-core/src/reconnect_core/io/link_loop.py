"""One open link, from the handshake until it is lost: frames in, messages out."""

import asyncio
import contextlib
import logging
import traceback
from dataclasses import dataclass, field, replace

from reconnect_core.events import Online, Phase, Received, Resuming, Unreadable
from reconnect_core.io.backlog import Backlog
from reconnect_core.io.event_queue import EventQueue
from reconnect_core.io.link import Link, LinkLost
from reconnect_core.io.link_watch import LinkWatch
from reconnect_core.io.publisher import Publisher
from reconnect_core.io.race import race
from reconnect_core.io.world import World
from reconnect_core.rules.heartbeat import Heartbeat
from reconnect_core.rules.link_rules import PASSED_ON, Effect, LinkRules
from reconnect_core.rules.outgoing import OutgoingMessage
from reconnect_core.rules.verdict import CLOSED_HERE, LONGEST_WAIT, Cause, Failure
from tek_protocol import DecodeError, read_envelope
from tek_protocol.resume_frames import GoAway

_LAST_FRAMES = 1.0
"""Seconds to read what arrived before a link was lost; no network is involved."""

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class LinkLoop:
    """Serves `link` by `rules`: writes from the backlog, and publishes what follows as events."""

    link: Link
    rules: LinkRules
    publisher: Publisher
    world: World
    heartbeat: Heartbeat
    _backlog: Backlog = field(init=False)
    _events: EventQueue = field(init=False)
    _watch: LinkWatch = field(init=False)
    _is_online: bool = False
    _goaway: GoAway = field(default_factory=GoAway)

    def __post_init__(self) -> None:
        """Set the watch."""
        self._backlog = self.publisher.backlog
        requests, self._events = self._backlog.requests, self.publisher.events
        self._watch = LinkWatch(
            self.link, self.rules, requests, self._events, self.world, self.heartbeat
        )

    async def run(self) -> Failure:
        """Serve the link until it is lost; returns why."""
        failure = CLOSED_HERE
        try:
            self.publisher.publish(self.rules.opened())
            self._publish_phase()
            failure = await self._until_lost()
        finally:
            self._backlog.link_lost()
            self.publisher.publish(self.rules.dropped(failure))
        return failure

    async def _until_lost(self) -> Failure:
        try:
            await race(self._read(), self._write(), *self._watch.watches())
        except LinkLost as lost:
            await self._take_last()
            return self._with_goaway(lost.failure)
        except Exception as bug:  # noqa: BLE001 - a bug must not end the session
            return unexpected_failure(bug)
        return Failure(Cause.INTERNAL, "internal error")

    # ---- In ------------------------------------------------------------------------------------

    async def _read(self) -> None:
        while True:
            frame = await self.link.receive()
            self._watch.heard_at = self.world.monotonic()
            try:
                if self._events.is_full:
                    await self._events.room()
            finally:  # The frame has arrived, even if the link is lost meanwhile.
                self._take(frame)

    async def _take_last(self) -> None:
        """Take what had arrived when the writer or a watch found the link lost."""
        self.link.abort()
        with contextlib.suppress(TimeoutError, LinkLost):
            async with asyncio.timeout(_LAST_FRAMES):
                while True:
                    self._take(await self.link.receive())

    def _take(self, frame: str | bytes) -> None:
        if isinstance(frame, bytes):
            self.publisher.publish([Unreadable(len(frame), "a binary frame")])
            return
        try:
            received = Received(read_envelope(frame), frame)
        except DecodeError as error:
            self.publisher.publish([Unreadable(len(frame), str(error))])
            return
        effect, outbox = self.rules.received(received), self._backlog.outbox
        if effect.events or outbox.changes or outbox.queued:
            self.publisher.publish(effect.events)
        if effect.is_passed_on and not self._backlog.requests.settle(received):
            self._events.put(received)
        if effect is not PASSED_ON:
            self._follow(effect)

    def _follow(self, effect: Effect) -> None:
        """Do what follows from a message beside its events."""
        if effect.goaway is not None:
            self._goaway = effect.goaway
        if self.rules.is_online is not self._is_online:
            self._publish_phase()
        if effect.failure is not None:
            raise LinkLost(effect.failure)

    def _publish_phase(self) -> None:
        """Publish `Online` or `Resuming`, if that is a change."""
        self._is_online = self.rules.is_online
        phase = Phase.ONLINE if self._is_online else Phase.RESUMING
        if phase is not self.publisher.state.phase:
            kind = Online if self._is_online else Resuming
            self.publisher.publish([kind(self.publisher.enter(phase))])
        self._backlog.changed.set()

    # ---- Out -----------------------------------------------------------------------------------

    async def _write(self) -> None:
        """Write the rules' own frames first, then requests, signals and messages."""
        requests, signals = self._backlog.requests, self._backlog.signals
        while True:
            if (frame := self.rules.take_frame()) is not None:
                await self.link.send(frame)
            elif self.rules.is_online and (request := requests.take_unwritten()) is not None:
                await self.link.send(request)
            elif self.rules.is_online and (signal := signals.take()) is not None:
                await self.link.send(signal)
            elif self.link.is_open and (message := self.rules.next_to_write()) is not None:
                await self._write_message(message)
            else:
                self._backlog.changed.clear()
                await self._backlog.changed.wait()

    async def _write_message(self, message: OutgoingMessage) -> None:
        """Write one message, once the storage knows that it may have left."""
        frame = self.rules.frame(message)
        self.publisher.publish(self.rules.written(message))
        await self.publisher.writer.flush()
        # Meanwhile the message may have been settled, or the session asked for again.
        if self.rules.is_online and message.id in self._backlog.outbox.in_flight:
            await self.link.send(frame)

    def _with_goaway(self, failure: Failure) -> Failure:
        """Add the wait that the gateway asked for before it went away."""
        wait = max(failure.retry_after, self._goaway.retry_after_ms / 1_000)
        spread = max(0.0, self._goaway.spread_ms / 1_000)
        return replace(
            failure, retry_after=min(wait, LONGEST_WAIT), spread=min(spread, LONGEST_WAIT)
        )


def unexpected_failure(bug: Exception) -> Failure:
    """Log where `bug` was raised, but not its text, which may contain a provider's token."""
    name, trace = type(bug).__name__, "".join(traceback.format_tb(bug.__traceback__))
    _log.error("the connection failed unexpectedly: %s\n%s", name, trace)
    return Failure(Cause.INTERNAL, f"internal error: {name}")
