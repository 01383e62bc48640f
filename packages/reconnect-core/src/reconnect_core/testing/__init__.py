"""A world for tests with a clock of its own: a night of outage passes in milliseconds."""

import asyncio
import heapq
import os
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import TypeVar

from reconnect_core.dialect import Dialect
from reconnect_core.events import Event, Received, Sent
from reconnect_core.io.link import Call, DialFailed, LinkLost
from reconnect_core.rules.link_rules import LinkRules
from reconnect_core.rules.outbox import Outbox
from reconnect_core.rules.plain import PlainRules
from reconnect_core.rules.verdict import Cause, Failure
from reconnect_core.session import Session
from tek_protocol import Envelope

E = TypeVar("E", bound=Event)

ASKING = Dialect(
    turns=frozenset({"ask"}),
    endings=frozenset({"answer.end", "error"}),
    acknowledges="log.message",
)
"""The dialect of an invented gateway whose `ask` starts a turn."""

REFUSED = Failure(Cause.NETWORK, "connection refused")
BROKEN = Failure(Cause.CLOSED, "the connection was lost", code=1006)
FRAME_TOO_LARGE = Failure(Cause.CLOSED, "too large", code=1009)

_TURNS = 25
"""More turns of the event loop than one step of a session takes."""


def scaled(seconds: float) -> float:
    """Return `seconds` on an idle machine as seconds on this one, by its load average.

    `TEK_TEST_TIMEOUT_SCALE` in the environment replaces the load.
    """
    load = max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
    return seconds * float(os.environ.get("TEK_TEST_TIMEOUT_SCALE", 2 * load))


def deadline(seconds: float = 5.0) -> asyncio.Timeout:
    """Return an `async with` block that ends a test which would hang, after `seconds`, scaled."""
    return asyncio.timeout(scaled(seconds))


async def settle() -> None:
    """Return when every task has done what it can do without the clock."""
    for _ in range(_TURNS):
        await asyncio.sleep(0)


def closed_with(code: int) -> Failure:
    """Return the failure of a connection that the gateway closed with `code`."""
    return Failure(Cause.CLOSED, f"closed with {code}", code=code)


async def unread_events(session: Session) -> list[Event]:
    """Close `session` and return every event that nobody has read."""
    await session.close()
    async with deadline():
        return [event async for event in session]


async def until(events: AsyncIterator[Event], kind: type[E]) -> E:
    """Return the next event of `kind`, dropping those before it."""
    async with deadline():
        async for event in events:
            if isinstance(event, kind):
                return event
    message = f"the events ended without {kind.__name__}"
    raise AssertionError(message)


@dataclass(slots=True)
class FakeLink:
    """A link in memory. `sent` is what the session wrote; `deliver` and `lose` act as the gateway.

    `answers` says whether pings and the closing handshake are answered.
    """

    answers: bool = True
    is_open: bool = True
    aborted: bool = False
    pings: int = 0
    sent: list[str] = field(default_factory=list)
    subprotocol: str | None = None
    _arrived: deque[str | bytes] = field(default_factory=deque)
    _failure: Failure | None = None
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _lost: asyncio.Event = field(default_factory=asyncio.Event)

    def deliver(self, *frames: str | bytes) -> None:
        """Let frames arrive."""
        self._arrived.extend(frames)
        self._changed.set()

    def lose(self, failure: Failure = BROKEN) -> None:
        """Break the link; what has arrived is still read."""
        self.is_open = False
        self._failure = self._failure or failure
        self._changed.set()
        self._lost.set()

    async def send(self, text: str) -> None:
        """Record a frame of the session."""
        if self._failure is not None:
            raise LinkLost(self._failure)
        self.sent.append(text)

    async def receive(self) -> str | bytes:
        """Return the next frame, waiting for one."""
        while not self._arrived:
            if self._failure is not None:
                raise LinkLost(self._failure)
            self._changed.clear()
            await self._changed.wait()
        return self._arrived.popleft()

    async def ping(self) -> None:
        """Return at once, or never if `answers` is false."""
        self.pings += 1
        if not self.answers:
            await asyncio.Event().wait()

    async def close(self) -> None:
        """Close at once, or when the link is lost if `answers` is false."""
        self.is_open = False
        if self.answers:
            self.lose(Failure(Cause.CLOSED, "closed here", code=1000))
        await self._lost.wait()

    def abort(self) -> None:
        """Break the link from this side."""
        self.aborted = True
        self.lose()


@dataclass(slots=True)
class FakeWorld:
    """A `World` whose clock moves only in `advance`.

    Every dial takes the next item of `script`: a link, or the failure to open one. After the last
    item, dials are refused. `dials` has the time and the call of each.
    """

    script: deque[FakeLink | Failure] = field(default_factory=deque)
    now: float = 1_000.0
    die: float = 0.0
    dials: list[tuple[float, Call]] = field(default_factory=list)
    ahead: float = 0.0
    _woken: asyncio.Event = field(default_factory=asyncio.Event)
    _named: int = 0
    _slept: int = 0
    _sleepers: list[tuple[float, int, asyncio.Future[None]]] = field(default_factory=list)

    @classmethod
    def of(cls, *script: FakeLink | Failure) -> "FakeWorld":
        """Return a world that answers the first dials with `script`."""
        return cls(deque(script))

    def monotonic(self) -> float:
        """Return the clock of this world."""
        return self.now

    def time(self) -> float:
        """Return the same clock, plus the time slept in `nap`."""
        return self.now + self.ahead

    def roll(self) -> float:
        """Return `die`."""
        return self.die

    def name(self) -> str:
        """Return m1, m2, …."""
        self._named += 1
        return f"m{self._named}"

    async def sleep(self, seconds: float) -> None:
        """Return when `advance` has passed that moment."""
        awake = asyncio.get_running_loop().create_future()
        self._slept += 1  # Of two that wake at the same time, the first to sleep is first.
        heapq.heappush(self._sleepers, (self.now + seconds, self._slept, awake))
        await awake

    async def woke(self) -> None:
        """Return after the next `nap`."""
        await self._woken.wait()

    async def nap(self, seconds: float) -> None:
        """Suspend the machine: only the wall clock moves on."""
        self.ahead += seconds
        self._woken.set()
        self._woken = asyncio.Event()
        await settle()

    async def dial(self, call: Call) -> FakeLink:
        """Do what the script says."""
        self.dials.append((self.now, call))
        outcome = self.script.popleft() if self.script else REFUSED
        if isinstance(outcome, Failure):
            raise DialFailed(outcome)
        return outcome

    async def advance(self, seconds: float = 0.0) -> None:
        """Let `seconds` pass; everything due in between happens in order, at its time."""
        end = self.now + seconds
        await settle()
        while self._sleepers and self._sleepers[0][0] <= end:
            self.now, _, awake = heapq.heappop(self._sleepers)
            if not awake.done():
                awake.set_result(None)
                await settle()
        self.now = end


# ---- Rules without a loop ----------------------------------------------------------------------


def asking(message_id: str, content: str = "hello") -> dict[str, object]:
    """Return a message that starts a turn in the dialect `ASKING`."""
    return {"type": "ask", "content": content, "id": message_id}


def telling(message_id: str) -> dict[str, object]:
    """Return a message that starts no turn."""
    return {"type": "tell", "id": message_id}


def plain_rules(*in_flight: str) -> PlainRules:
    """Return the rules of plain mode, with messages of these ids in flight."""
    rules = PlainRules(Outbox(dialect=ASKING))
    for message_id in in_flight:
        rules.outbox.submit(message_id, telling(message_id))
        write_next(rules)
    return rules


def write_next(rules: LinkRules) -> str | None:
    """Write the next message as a `LinkLoop` does; returns its id."""
    message = rules.next_to_write()
    if message is None:
        return None
    if rules.written(message) != [Sent(message.id)]:
        reason = f"{message.id} was written, and nothing says so"
        raise AssertionError(reason)
    return message.id


def answered(  # the fields that a plain gateway sends
    kind: str,
    request: str | None = None,
    *,
    session_id: str | None = None,
    code: str | None = None,
    message: str | None = None,
) -> Received:
    """Return a message of a plain gateway."""
    envelope = Envelope(kind, request_id=request, session_id=session_id, code=code, message=message)
    return Received(envelope, "{}")
