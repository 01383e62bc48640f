"""A soak test: two clients, a gateway, bad networks and random kills, for any length of time.

The checker judges the outcome once everything works again.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from random import Random

from tek_testing.checkers.checker import Findings, Typed, check
from tek_testing.checkers.recorded_session import recorded_session
from tek_testing.checkers.shown_session import TraceReader
from tek_testing.clients.chat_clients import AGAIN, PATIENT, ClientEnded, ClientProcess
from tek_testing.clients.screen_client import screen_of
from tek_testing.clients.typing_user import TypingUser
from tek_testing.deadlines import deadline
from tek_testing.faults.fault_plan import Plan
from tek_testing.faults.fault_proxy import FaultProxy
from tek_testing.gateway.gateway_process import GatewayProcess

RECONNECT: Mapping[str, float] = {"base": 0.05, "cap": 1.0, "jitter": 0.3}

PATIENCE = 8
"""Unanswered messages at which a user stops typing for a while."""

HEALING = 120.0
"""Seconds, scaled, in which every message is answered once nothing is broken any more."""

_INSIDE = ("before-commit", "after-commit", "after-ack", "mid-turn", "before-fold", "after-fold")
_IN_CLIENT = ("before-commit", "after-commit")
_HALF = 0.5

_DEEDS: Mapping[str, int] = {"gateway": 8, "freeze": 2, "drain": 2, "cli": 3, "desktop": 3}
"""What happens to the processes, and how often relative to each other."""


@dataclass(slots=True)
class Seat:
    """A user at a client, which reaches the gateway through `proxy`.

    `again` are the options with which the client continues its session.
    """

    client: ClientProcess
    proxy: FaultProxy
    again: Sequence[str] = ()
    watcher: TraceReader = field(init=False)
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _watching: asyncio.Task[None] | None = None

    def __post_init__(self) -> None:
        """Make the reader of its trace."""
        self.watcher = TraceReader(f"the trace of {self.client.kind}")

    async def start(self, *, crash_at: str = "") -> None:
        """Start the client, with a crash point if there is one, and follow its trace."""
        await self.client.start(crash_at=crash_at)
        self.client.options = self.again
        self.watcher.restarted()
        self._watching = asyncio.create_task(self._watch())

    async def ended(self) -> None:
        """Return once the client has ended and its trace was read."""
        if self._watching is not None:
            await asyncio.shield(self._watching)

    async def kill(self) -> None:
        """Kill the client if it runs."""
        self.client.strike()
        await self.ended()

    async def online(self) -> str:
        """Return the session id, once the client is online."""
        while self.watcher.session_id == "":
            await self.news()
        return self.watcher.session_id

    async def answered(self, *texts: str) -> None:
        """Wait until the client has shown the answers to `texts`."""
        while not all(map(self.watcher.has_answered, texts)):
            await self.news()

    async def calm(self) -> None:
        """Wait until at most `PATIENCE` messages have no answer."""
        while self.watcher.unanswered > PATIENCE:
            await self.news()

    async def news(self) -> None:
        """Wait for the next line of the trace."""
        self._news.clear()
        await self._news.wait()

    async def _watch(self) -> None:
        while True:
            try:
                self.watcher.take(await self.client.next_line())
            except ClientEnded:
                return
            self._news.set()


@dataclass(slots=True)
class Soak:
    """The processes of a soak test; `seed` decides what happens to them. See `soaking`."""

    seed: int
    gateway: GatewayProcess
    seats: Mapping[str, Seat]
    kills: Counter[str] = field(default_factory=Counter[str])
    mercies: Counter[str] = field(default_factory=Counter[str])
    """How often the gateway was frozen, or stopped with SIGTERM."""
    user: TypingUser = field(init=False)
    _chance: Random = field(init=False)

    def __post_init__(self) -> None:
        """Take the seed."""
        self.user = TypingUser(self.seed)
        self._chance = Random(self.seed)  # noqa: S311 - it has to be reproducible

    @property
    def faults(self) -> Counter[str]:
        """The faults that took effect, by their names."""
        return sum((seat.proxy.done for seat in self.seats.values()), Counter[str]())

    @property
    def messages(self) -> int:
        """How many messages were typed."""
        return len(self.user.typed)

    @property
    def taken(self) -> int:
        """How many messages a client has shown as queued; it was killed before the others."""
        return sum(each.is_firm for each in self._typed)

    @property
    def answered(self) -> int:
        """How many answers were shown by the client that has shown the most."""
        return max(seat.watcher.answered for seat in self.seats.values())

    async def suffer(self, seconds: float) -> None:
        """Type, break networks and kill processes for `seconds`, then heal the networks."""
        async with asyncio.TaskGroup() as tasks:
            endless = [
                *(tasks.create_task(self._type(each)) for each in self.seats),
                *(tasks.create_task(self._plague(each)) for each in self.seats),
            ]
            await self._kill(asyncio.get_running_loop().time() + seconds)
            for each in endless:
                each.cancel()
        await self._heal()

    async def findings(self) -> Findings:
        """Wait until everything is answered, and check every view of the session."""
        # The answers to these come after all others.
        last = [self.user.type(name, seat.client) for name, seat in self.seats.items()]
        with suppress(TimeoutError):  # the checker reports what is missing
            async with deadline(HEALING), asyncio.TaskGroup() as tasks:
                for seat in self.seats.values():
                    tasks.create_task(seat.answered(*last))
        pictures = [await recorded_session(self.gateway.url, await self._session_id())]
        for seat in self.seats.values():
            seat.client.end_input()
            with suppress(TimeoutError):
                async with deadline():
                    await seat.ended()
            await seat.kill()
            pictures.append(seat.watcher.picture)
        await self.gateway.kill()
        typed = self._typed
        pictures += [await screen_of(seat.client, typed) for seat in self.seats.values()]
        return check(typed, pictures)

    @property
    def _typed(self) -> Sequence[Typed]:
        return self.user.messages(**{name: each.client for name, each in self.seats.items()})

    async def _session_id(self) -> str:
        return await next(iter(self.seats.values())).online()

    # ---- What happens --------------------------------------------------------------------------

    async def _type(self, name: str) -> None:
        seat = self.seats[name]
        while True:
            await asyncio.sleep(self._chance.expovariate(1))
            if seat.client.is_running:
                self.user.type(name, seat.client)
                await seat.calm()

    async def _plague(self, name: str) -> None:
        for step in Plan(self._chance.getrandbits(32)):
            await self.seats[name].proxy.suffer(step)

    async def _kill(self, until: float) -> None:
        deeds, weights = list(_DEEDS), list(_DEEDS.values())
        while asyncio.get_running_loop().time() < until:
            await asyncio.sleep(self._chance.uniform(0.5, 4))
            (deed,) = self._chance.choices(deeds, weights)
            match deed:
                case "gateway":
                    await self._kill_gateway()
                case "freeze":
                    self.mercies["freezes"] += 1
                    self.gateway.pause()
                    await asyncio.sleep(self._chance.uniform(0.3, 9))
                    self.gateway.resume()
                case "drain":
                    self.mercies["drains"] += 1
                    await self.gateway.terminate()
                    await self._start_gateway()
                case name:
                    await self._kill_client(self.seats[name])

    async def _kill_gateway(self) -> None:
        """Kill the gateway and start it again, half of the time with a crash point."""
        await self.gateway.kill()
        self.kills["gateway"] += 1
        await self._start_gateway(self._point(_INSIDE) if self._chance.random() < _HALF else "")

    async def _start_gateway(self, crash_at: str = "") -> None:
        await asyncio.sleep(self._chance.uniform(0, 2))
        await self.gateway.start(crash_at=crash_at)
        if crash_at:
            await asyncio.sleep(self._chance.uniform(1, 3))
            await self._kill_gateway()

    async def _kill_client(self, seat: Seat) -> None:
        await seat.kill()
        self.kills[seat.client.kind] += 1
        await asyncio.sleep(self._chance.uniform(0, 2))
        is_doomed = self._chance.random() < _HALF
        await seat.start(crash_at=self._point(_IN_CLIENT) if is_doomed else "")
        if is_doomed:
            with suppress(TimeoutError):
                async with deadline(self._chance.uniform(1, 3)):
                    await seat.ended()
            await self._kill_client(seat)

    def _point(self, names: Sequence[str]) -> str:
        return f"{self._chance.choice(names)}:{self._chance.randint(1, 9)}"

    async def _heal(self) -> None:
        for seat in self.seats.values():
            seat.proxy.heal()


@asynccontextmanager
async def soaking(seed: int) -> AsyncGenerator[Soak]:
    """Yield a soak test whose clients are online in one session, each with a home of its own."""
    async with AsyncExitStack() as stack:
        gateway = await stack.enter_async_context(GatewayProcess())
        seats: dict[str, Seat] = {}
        options: Sequence[str] = ()
        for kind in PATIENT:
            proxy = await stack.enter_async_context(FaultProxy(gateway.port))
            client = ClientProcess(kind, proxy.url, {**RECONNECT, "seed": seed}, options)
            seats[kind] = Seat(client, proxy, AGAIN[kind])
            stack.push_async_callback(client.aclose)
            stack.push_async_callback(seats[kind].kill)
            await seats[kind].start()
            async with deadline():
                options = ("--session", await seats[kind].online())
        yield Soak(seed, gateway, seats)
