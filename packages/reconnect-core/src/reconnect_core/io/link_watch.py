"""Finding out that a link is dead although TCP does not say so."""

from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field

from reconnect_core.io.event_queue import EventQueue
from reconnect_core.io.link import Link, LinkLost
from reconnect_core.io.race import race
from reconnect_core.io.requests import Requests
from reconnect_core.io.world import World
from reconnect_core.rules.heartbeat import Heartbeat
from reconnect_core.rules.link_rules import LinkRules
from reconnect_core.rules.verdict import Cause, Failure

_RESUME_STEP = 10.0
"""Seconds that a gateway has for each step of the resumption."""

_PONG_AFTER_WAKE = 2.0
"""Seconds; with the checks of `io.suspend` a dead link is found within 3 s of waking up."""


@dataclass(slots=True)
class LinkWatch:
    """Watches one link. `heard_at` is when the last frame arrived, by the monotonic clock."""

    link: Link
    rules: LinkRules
    requests: Requests
    events: EventQueue
    world: World
    heartbeat: Heartbeat
    heard_at: float = field(init=False)

    def __post_init__(self) -> None:
        """Count the handshake as a sign of life."""
        self.heard_at = self.world.monotonic()

    def watches(self) -> Sequence[Coroutine[None, None, None]]:
        """Return what to run beside the link; each raises `LinkLost` when it finds it dead."""
        return self._probe(), self._probe_after_sleep(), self._watch_resumption()

    async def _probe(self) -> None:
        """Ping a silent peer, and give up when it does not answer."""
        while True:
            await self.world.sleep(self.heartbeat.busy)
            if not self.link.is_open:
                self.link.abort()  # Close frame received, TCP still open; the reader has the code.
            elif self._is_probe_due() and not await self._is_answered(self.heartbeat.timeout):
                detail = f"the gateway did not answer for {self.heartbeat.timeout:g} s"
                raise LinkLost(Failure(Cause.HALF_OPEN, detail))

    async def _probe_after_sleep(self) -> None:
        """Ping as soon as the machine resumes from sleep."""
        while True:
            await self.world.woke()
            if not await self._is_answered(_PONG_AFTER_WAKE):
                detail = "the gateway did not answer after this machine slept"
                raise LinkLost(Failure(Cause.HALF_OPEN, detail))

    async def _watch_resumption(self) -> None:
        """Give up when the resumption makes no step for too long."""
        while True:
            progress = self.rules.progress
            await self.world.sleep(_RESUME_STEP)
            if not self.rules.is_online and self.rules.progress == progress:
                detail = f"the session was not resumed within {_RESUME_STEP:g} s"
                raise LinkLost(Failure(Cause.TIMEOUT, detail))

    def _is_probe_due(self) -> bool:
        if self.events.is_full:  # The silence is on this side: the caller does not read.
            return False
        silence = self.world.monotonic() - self.heard_at
        in_flight = self.rules.awaits_answer or bool(len(self.requests))
        return self.heartbeat.is_due(silence, in_flight=in_flight)

    async def _is_answered(self, seconds: float) -> bool:
        """Return whether a pong arrives in time, or a frame behind which the pong may wait."""
        while True:
            asked = self.world.monotonic()
            if not await race(self.link.ping(), self.world.sleep(seconds)):
                self.heard_at = self.world.monotonic()
                return True
            if self.heard_at <= asked:
                return False
