"""The one loop: dial, serve the link until it is lost, wait, for ever.

It must never decide what a message means, which failure is worth a retry, or how long to wait:
those are pure rules in the modules beside it.
"""

import asyncio
import contextlib
import logging
from collections.abc import Coroutine, Iterable
from dataclasses import dataclass, field, replace

from reconnect_core.backoff import Backoff
from reconnect_core.dial import DialFailed, Link, LinkLost, check_url
from reconnect_core.events import (
    Blocked,
    Closed,
    Connecting,
    Connection,
    Event,
    Online,
    Phase,
    Received,
    Unreadable,
    Waiting,
)
from reconnect_core.heartbeat import Heartbeat
from reconnect_core.mailbox import Mailbox
from reconnect_core.requests import Requests
from reconnect_core.session import Ledger
from reconnect_core.target import Target
from reconnect_core.verdict import AskAgain, Block, Cause, Failure, Retry, is_refusal, judge
from reconnect_core.world import World
from tek_protocol import DecodeError, read_envelope

LOOK_AGAIN = 60.0
"""Seconds after which a blocked connection looks again by itself."""

_CLOSING_HANDSHAKE = 0.5
"""Seconds that a peer has to answer the close of a session that ends."""

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Connector:
    """Keeps one link to `target` up and moves messages between it, the ledger and the mailbox.

    A link lives inside one call of `_serve` and is aborted before the next is dialled, so that a
    late close of an old one has nothing to reach.
    """

    target: Target
    ledger: Ledger
    requests: Requests
    mailbox: Mailbox
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
    _heard: float = 0.0

    async def run(self) -> None:
        """Connect, and connect again, until cancelled. The last event is `Closed`."""
        try:
            while not self.is_closing:
                failure = await self._attempt_once()
                if not self.is_closing:
                    await self._wait_after(failure)
        finally:
            self.requests.close()
            self.tell([Closed(self.enter(Phase.CLOSED))])

    def tell(self, events: Iterable[Event]) -> None:
        """Pass events on, and let the writer look whether they bring work."""
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
        self, phase: Phase, *, retry_in: float | None = None, reason: str = "", mend: str = ""
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
            reason=reason,
            mend=mend,
            last_online=now if left_online or phase is Phase.ONLINE else self.state.last_online,
        )
        return self.snapshot()

    async def hang_up(self) -> None:
        """Say goodbye, if there is a link, with a closing handshake that has a bound."""
        self.is_closing = True
        if self._link is not None and self._link.is_open:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_CLOSING_HANDSHAKE):
                    await self._link.close()

    # ---- One attempt -------------------------------------------------------------------------

    async def _attempt_once(self) -> Failure:
        """Dial and serve; returns why there is no link any more."""
        self.tell([Connecting(self.enter(Phase.CONNECTING))])
        try:
            call = await self.target.call(self.ledger.limits.frame_bytes)
            self.state = replace(self.state, gateway=check_url(call.url))
            link = await self.world.dial(call)
        except DialFailed as failed:
            return failed.failure
        except Exception as bug:  # noqa: BLE001 - a bug must not end the loop
            return _unforeseen(bug)
        return await self._serve(link)

    async def _serve(self, link: Link) -> Failure:
        """Move messages until the link is lost; returns why."""
        self._link, opened = link, self.world.monotonic()
        self._heard = opened
        failure = Failure(Cause.CLOSED, "closed here")
        if not self.backoff.stable_after:
            self._attempt = 0
        self.tell([Online(self.enter(Phase.ONLINE))])
        try:
            failure = await _until_lost(self._read(link), self._write(link), self._probe(link))
        finally:
            link.abort()
            self._link = None
            self.requests.link_lost()
            self.tell(self.ledger.dropped(failure))
        lasted = self.world.monotonic() - opened
        if lasted >= self.backoff.stable_after:
            self._attempt = 0
        if lasted >= LOOK_AGAIN:
            self._refused = False
        return failure

    async def _read(self, link: Link) -> None:
        while True:
            frame = await link.receive()
            self._heard = self.world.monotonic()
            await self.mailbox.room()
            self._take(frame)

    def _take(self, frame: str | bytes) -> None:
        if isinstance(frame, bytes):
            self.tell([Unreadable(len(frame), "a binary frame")])
            return
        try:
            received = Received(read_envelope(frame), frame)
        except DecodeError as error:
            self.tell([Unreadable(len(frame), str(error))])
            return
        if not self.requests.settle(received):
            self.tell([*self.ledger.received(received.envelope), received])

    async def _write(self, link: Link) -> None:
        """Write requests, then the outbox; the only writer of `link`."""
        while True:
            if (question := self.requests.take_unwritten()) is not None:
                await link.send(question)
            elif link.is_open and (message := self.ledger.next_to_write()) is not None:
                frame = self.ledger.frame(message)
                self.tell(self.ledger.written(message))
                await link.send(frame)
            else:
                self.work.clear()
                await self.work.wait()

    async def _probe(self, link: Link) -> None:
        """Raise `LinkLost` when the peer is silent and does not answer a ping either."""
        while True:
            await self.world.sleep(self.heartbeat.busy)
            silence = self.world.monotonic() - self._heard
            in_flight = self.ledger.in_flight or bool(len(self.requests))
            if self.mailbox.is_full or not self.heartbeat.is_due(silence, in_flight=in_flight):
                continue
            if await _race(link.ping(), self.world.sleep(self.heartbeat.timeout)):
                detail = f"the gateway did not answer for {self.heartbeat.timeout:g} s"
                raise LinkLost(Failure(Cause.HALF_OPEN, detail))
            self._heard = self.world.monotonic()

    # ---- Between attempts --------------------------------------------------------------------

    async def _wait_after(self, failure: Failure) -> None:
        """Wait as long as `failure` asks for, or until a hint."""
        verdict = judge(failure, refused_before=self._refused)
        self._refused = is_refusal(failure)
        match verdict:
            case AskAgain():
                pass  # and dial at once: the provider may have a newer token
            case Block(mend):
                blocked = self.enter(
                    Phase.BLOCKED, retry_in=LOOK_AGAIN, reason=failure.detail, mend=mend
                )
                self.tell([Blocked(blocked, LOOK_AGAIN)])
                await self._pause(LOOK_AGAIN)
            case Retry(at_least):
                delay = max(self.backoff.delay(self._attempt, self.world.roll()), at_least)
                waiting = self.enter(Phase.WAITING, retry_in=delay, reason=failure.detail)
                self._attempt += 1
                self.tell([Waiting(waiting, delay)])
                await self._pause(delay)

    async def _pause(self, seconds: float) -> None:
        self.hint.clear()
        await _race(self.hint.wait(), self.world.sleep(seconds))


async def _until_lost(*parts: Coroutine[None, None, None]) -> Failure:
    """Run `parts` until one finds the link lost, end the others, and return why."""
    try:
        await _race(*parts)
    except LinkLost as lost:
        return lost.failure
    except Exception as bug:  # noqa: BLE001 - a bug must not end the loop
        return _unforeseen(bug)
    return Failure(Cause.INTERNAL, "internal error")


def _unforeseen(bug: Exception) -> Failure:
    _log.error("the connection failed in an unforeseen way", exc_info=bug)
    return Failure(Cause.INTERNAL, f"internal error: {type(bug).__name__}")


async def _race(*runners: Coroutine[None, None, object]) -> int:
    """Run all until one ends, end the others, and return its place, or raise its error."""
    tasks = [asyncio.ensure_future(each) for each in runners]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        first = next(place for place, task in enumerate(tasks) if task.done())
        await tasks[first]
        return first
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
