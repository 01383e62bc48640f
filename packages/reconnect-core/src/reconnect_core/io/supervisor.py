"""The loop of a session: dial, serve the link until it is lost, wait, and dial again.

The decisions are in `rules`: which failure is worth a retry, and how long to wait.
"""

import asyncio
import contextlib
from dataclasses import dataclass, field, replace

from reconnect_core.events import Blocked, Connecting, Phase, Waiting
from reconnect_core.io.link import Call, DialFailed, Link, LinkLost
from reconnect_core.io.link_loop import LinkLoop, unexpected_failure
from reconnect_core.io.publisher import Publisher
from reconnect_core.io.race import race
from reconnect_core.io.target import Target
from reconnect_core.io.world import World
from reconnect_core.rules.address import check_url
from reconnect_core.rules.backoff import Backoff
from reconnect_core.rules.heartbeat import Heartbeat
from reconnect_core.rules.link_rules import LinkRules
from reconnect_core.rules.plain import PlainRules
from reconnect_core.rules.resume import ResumeRules
from reconnect_core.rules.verdict import (
    CLOSED_HERE,
    AskAgain,
    Block,
    Failure,
    Retry,
    is_refusal,
    judge,
)
from tek_protocol.envelope import SUBPROTOCOL_RESUME

LOOK_AGAIN = 60.0
"""Seconds after which a blocked connection is tried again."""

_CLOSING_HANDSHAKE = 0.5
"""Seconds that the peer has to answer the close frame of a session that ends."""


@dataclass(slots=True)
class Supervisor:
    """Keeps one link to `target` up; what moves over it is the work of a `LinkLoop`.

    There is one link at a time: it is aborted before the next one is dialled. `retry` ends the
    current wait.
    """

    target: Target
    publisher: Publisher
    world: World
    backoff: Backoff
    heartbeat: Heartbeat
    retry: asyncio.Event = field(default_factory=asyncio.Event)
    is_closing: bool = False
    _link: Link | None = None
    _was_refused: bool = False

    async def run(self) -> None:
        """Connect, and reconnect, until closed or cancelled."""
        await race(self._connect_forever(), self.publisher.writer.run())

    async def hang_up(self) -> None:
        """Close the link, if there is one, with a closing handshake of limited length."""
        self.is_closing = True
        if self._link is not None and self._link.is_open:
            with contextlib.suppress(TimeoutError, LinkLost):
                async with asyncio.timeout(_CLOSING_HANDSHAKE):
                    await self._link.close()

    def finish(self) -> None:
        """End the session for the caller."""
        self.is_closing = True
        self.publisher.close()

    async def _connect_forever(self) -> None:
        while not self.is_closing:
            try:
                await self._wait_after(await self._attempt())
            except Exception as bug:  # noqa: BLE001 - a `World` that raises must not end the session
                unexpected_failure(bug)
                await asyncio.sleep(self.backoff.cap)

    # ---- One attempt ---------------------------------------------------------------------------

    async def _attempt(self) -> Failure:
        """Dial and serve; returns why there is no link any more."""
        self.publisher.publish([Connecting(self.publisher.enter(Phase.CONNECTING))])
        try:
            call = await self.target.call(self.publisher.backlog.outbox.limits.frame_bytes)
            if self.is_closing:  # The provider may have swallowed a cancellation.
                return CLOSED_HERE
            self._show(gateway=check_url(call.url))
            return await self._dial(call)
        except DialFailed as failed:
            return failed.failure
        except Exception as bug:  # noqa: BLE001 - a bug must not end the session
            return unexpected_failure(bug)

    async def _dial(self, call: Call) -> Failure:
        try:
            failure = await self._serve(await self.world.dial(call))
        except DialFailed as failed:
            failure = failed.failure
        return replace(failure, detail=call.clean(failure.detail))

    async def _serve(self, link: Link) -> Failure:
        """Serve `link` until it is lost; returns why."""
        self._link = link
        try:
            opened, rules = self.world.monotonic(), self._rules(link)
            self._show(resumes=isinstance(rules, ResumeRules))
            if not self.backoff.stable_after:
                self.publisher.attempt = 0
            loop = LinkLoop(link, rules, self.publisher, self.world, self.heartbeat)
            failure = await loop.run()
            self._forgive(self.world.monotonic() - opened)
        finally:
            link.abort()
            self._link = None
        return failure

    def _rules(self, link: Link) -> LinkRules:
        """Return the rules of the subprotocol that was selected; the default is plain mode."""
        outbox = self.publisher.backlog.outbox
        if link.subprotocol == SUBPROTOCOL_RESUME:
            return ResumeRules(outbox, self.world.name())
        return PlainRules(outbox)

    def _forgive(self, seconds: float) -> None:
        """Forget the failures before a connection that lasted `seconds`."""
        if seconds >= self.backoff.stable_after:
            self.publisher.attempt = 0
        if seconds >= LOOK_AGAIN:
            self._was_refused = False

    def _show(self, *, gateway: str | None = None, resumes: bool | None = None) -> None:
        state = self.publisher.state
        self.publisher.state = replace(
            state,
            gateway=state.gateway if gateway is None else gateway,
            resumes=state.resumes if resumes is None else resumes,
        )

    # ---- Between attempts ----------------------------------------------------------------------

    async def _wait_after(self, failure: Failure) -> None:
        """Wait as long as `failure` requires, or until told to retry."""
        if self.is_closing:
            return
        verdict = judge(failure, refused_before=self._was_refused)
        self._was_refused = is_refusal(failure)
        match verdict:
            case AskAgain():
                pass  # Dial at once: the provider may have a newer token.
            case Block(mend):
                blocked = self.publisher.enter(
                    Phase.BLOCKED, retry_in=LOOK_AGAIN, failure=failure, mend=mend
                )
                self.publisher.publish([Blocked(blocked, LOOK_AGAIN)])
                await self._pause(LOOK_AGAIN)
            case Retry(at_least, spread):
                planned = self.backoff.delay(self.publisher.attempt, self.world.roll())
                asked = at_least + (spread * self.world.roll() if spread else 0.0)
                delay = max(planned, asked)
                waiting = self.publisher.enter(Phase.WAITING, retry_in=delay, failure=failure)
                self.publisher.attempt += 1
                self.publisher.publish([Waiting(waiting, delay)])
                await self._pause(delay)

    async def _pause(self, seconds: float) -> None:
        self.retry.clear()
        await race(self.retry.wait(), self.world.sleep(seconds), self.world.woke())
