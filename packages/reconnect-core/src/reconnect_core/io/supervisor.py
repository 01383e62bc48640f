"""The one loop: dial, serve the link until it is lost, wait, for ever.

It must never decide what a message means, which failure is worth a retry, or how long to wait:
those are pure rules in the modules beside it.
"""

import asyncio
import contextlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from reconnect_core.events import (
    Blocked,
    Closed,
    Connecting,
    Connection,
    Event,
    Online,
    Phase,
    Resuming,
    Waiting,
)
from reconnect_core.io.event_queue import EventQueue
from reconnect_core.io.link import Call, DialFailed, Link, LinkLost
from reconnect_core.io.link_loop import LinkLoop, unforeseen
from reconnect_core.io.race import race
from reconnect_core.io.requests import Requests
from reconnect_core.io.signals import Signals
from reconnect_core.io.storage_writer import StorageWriter
from reconnect_core.io.target import Target
from reconnect_core.io.world import World
from reconnect_core.rules.address import check_url
from reconnect_core.rules.backoff import Backoff
from reconnect_core.rules.heartbeat import Heartbeat
from reconnect_core.rules.mode import ModeRules
from reconnect_core.rules.outbox import Outbox
from reconnect_core.rules.plain import PlainRules
from reconnect_core.rules.resume import ResumeRules
from reconnect_core.rules.verdict import AskAgain, Block, Cause, Failure, Retry, is_refusal, judge
from tek_protocol.envelope import SUBPROTOCOL_RESUME

LOOK_AGAIN = 60.0
"""Seconds after which a blocked connection looks again by itself."""

_CLOSING_HANDSHAKE = 0.5
"""Seconds that a peer has to answer the close of a session that ends."""

_CLOSED_HERE = Failure(Cause.CLOSED, "closed here")


@dataclass(slots=True)
class Supervisor:
    """Keeps one link to `target` up and moves messages between it, the ledger and the mailbox.

    A link lives inside one call of `_serve` and is aborted before the next is dialled, so that a
    late close of an old one has nothing to reach.
    """

    target: Target
    ledger: Outbox
    requests: Requests
    signals: Signals
    mailbox: EventQueue
    keeper: StorageWriter
    world: World
    backoff: Backoff
    heartbeat: Heartbeat
    state: Connection = field(default_factory=Connection)
    work: asyncio.Event = field(default_factory=asyncio.Event)
    hint: asyncio.Event = field(default_factory=asyncio.Event)
    is_closing: bool = False
    _link: Link | None = None
    _attempt: int = 0
    _refused: bool = False

    async def run(self) -> None:
        """Connect, and connect again, until closed or cancelled."""
        await race(self._keep_up(), self.keeper.run())

    async def _keep_up(self) -> None:
        while not self.is_closing:
            try:
                await self._wait_after(await self._attempt_once())
            except Exception as bug:  # noqa: BLE001 - not even a World that fails ends the loop
                unforeseen(bug)
                await asyncio.sleep(self.backoff.cap)

    def tell(self, events: Iterable[Event]) -> None:
        """Pass events on, and let the writer look whether they bring work."""
        self.keeper.note(self.ledger.take_changes())
        for event in events:
            self.mailbox.put(event)
        self.work.set()

    def snapshot(self) -> Connection:
        """Return the state of the connection with the outbox as it is now."""
        return replace(
            self.state,
            queued=len(self.ledger.waiting),
            uncertain=len(self.ledger.uncertain),
            session_id=self.ledger.session_id,
        )

    def enter(
        self,
        phase: Phase,
        *,
        retry_in: float | None = None,
        failure: Failure | None = None,
        mend: str = "",
    ) -> Connection:
        """Change the phase and return the new snapshot."""
        now = self.world.time()
        left_online = self.state.phase is Phase.ONLINE
        self.state = replace(
            self.state,
            phase=phase,
            since=now,
            attempt=self._attempt,
            retry_at=None if retry_in is None else now + retry_in,
            reason="" if failure is None else failure.detail,
            mend=mend,
            is_refused=failure is not None and is_refusal(failure),
            last_online=now if left_online or phase is Phase.ONLINE else self.state.last_online,
        )
        return self.snapshot()

    async def hang_up(self) -> None:
        """Say goodbye, if there is a link, with a closing handshake that has a bound."""
        self.is_closing = True
        if self._link is not None and self._link.is_open:
            with contextlib.suppress(TimeoutError, LinkLost):
                async with asyncio.timeout(_CLOSING_HANDSHAKE):
                    await self._link.close()

    def finish(self) -> None:
        """Tell everybody that the session is over; only the first call does."""
        if self.state.phase is not Phase.CLOSED:
            self.is_closing = True
            self.requests.close()
            self.tell([Closed(self.enter(Phase.CLOSED))])
            self.mailbox.close()

    # ---- One attempt -------------------------------------------------------------------------

    async def _attempt_once(self) -> Failure:
        """Ask, dial and serve; returns why there is no link any more."""
        self.tell([Connecting(self.enter(Phase.CONNECTING))])
        try:
            call = await self.target.call(self.ledger.limits.frame_bytes)
            if self.is_closing:  # a provider may have swallowed the cancellation
                return _CLOSED_HERE
            self.state = replace(self.state, gateway=check_url(call.url))
            return await self._follow(call)
        except DialFailed as failed:
            return failed.failure
        except Exception as bug:  # noqa: BLE001 - a bug must not end the loop
            return unforeseen(bug)

    async def _follow(self, call: Call) -> Failure:
        try:
            failure = await self._serve(await self.world.dial(call))
        except DialFailed as failed:
            failure = failed.failure
        return replace(failure, detail=call.clean(failure.detail))

    async def _serve(self, link: Link) -> Failure:
        """Move messages until the link is lost; returns why."""
        self._link, failure, rules = link, _CLOSED_HERE, self._rules(link)
        self.state = replace(self.state, resumes=isinstance(rules, ResumeRules))
        try:
            opened = self.world.monotonic()
            if not self.backoff.stable_after:
                self._attempt = 0
            self.tell(rules.opened())
            self.look(rules)
            failure = await self._traffic(link, rules).until_lost()
            self._lasted(self.world.monotonic() - opened)
        finally:
            link.abort()
            self._link = None
            self.requests.link_lost()
            self.signals.link_lost()
            self.tell(rules.dropped(failure))
        return failure

    def look(self, rules: ModeRules) -> None:
        """Be online when the rules are, and tell of every change."""
        if rules.is_online and self.state.phase is not Phase.ONLINE:
            self.tell([Online(self.enter(Phase.ONLINE))])
        elif not rules.is_online and self.state.phase is not Phase.RESUMING:
            self.tell([Resuming(self.enter(Phase.RESUMING))])

    def _rules(self, link: Link) -> ModeRules:
        """Return the rules of what was agreed on; everything unknown is plain mode."""
        if link.subprotocol == SUBPROTOCOL_RESUME:
            return ResumeRules(self.ledger, self.world.name())
        return PlainRules(self.ledger)

    def _lasted(self, seconds: float) -> None:
        """Forgive the failures before a connection that lasted."""
        if seconds >= self.backoff.stable_after:
            self._attempt = 0
        if seconds >= LOOK_AGAIN:
            self._refused = False

    def _traffic(self, link: Link, rules: ModeRules) -> LinkLoop:
        return LinkLoop(
            link,
            rules,
            self.ledger,
            self.requests,
            self.signals,
            self.mailbox,
            self.keeper,
            self.world,
            self.heartbeat,
            self.work,
            self.tell,
            self.look,
        )

    # ---- Between attempts --------------------------------------------------------------------

    async def _wait_after(self, failure: Failure) -> None:
        """Wait as long as `failure` asks for, or until a hint."""
        if self.is_closing:
            return
        verdict = judge(failure, refused_before=self._refused)
        self._refused = is_refusal(failure)
        match verdict:
            case AskAgain():
                pass  # and dial at once: the provider may have a newer token
            case Block(mend):
                blocked = self.enter(Phase.BLOCKED, retry_in=LOOK_AGAIN, failure=failure, mend=mend)
                self.tell([Blocked(blocked, LOOK_AGAIN)])
                await self._pause(LOOK_AGAIN)
            case Retry(at_least, spread):
                planned = self.backoff.delay(self._attempt, self.world.roll())
                asked = at_least + (spread * self.world.roll() if spread else 0.0)
                delay = max(planned, asked)
                waiting = self.enter(Phase.WAITING, retry_in=delay, failure=failure)
                self._attempt += 1
                self.tell([Waiting(waiting, delay)])
                await self._pause(delay)

    async def _pause(self, seconds: float) -> None:
        self.hint.clear()
        await race(self.hint.wait(), self.world.sleep(seconds), self.world.woke())
