"""Measure how evenly 500 clients reconnect to a gateway that was killed, and that nothing is lost.

The gateway is killed with SIGKILL while it answers every client; each client sends one more
message during the outage, and the gateway starts again some seconds later. All clients must be
online again, with each message run once and each answer complete. This runs once without jitter
and once with the built-in jitter; a dial is counted when it begins. All clients share one process,
which cannot dial 500 times in an instant: without jitter, 500 machines would be worse.

Limit: with jitter, the most dials within 100 ms that the restarted gateway has to serve are half of
those without. With a path as the argument, a picture of both is written there.
"""

import asyncio
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

from herding.picture import line, svg

from reconnect_core import Backoff, Online, Received, Session, Waiting
from reconnect_core.io.link import Call, Link
from reconnect_core.io.world import RealWorld
from reconnect_core.testing import deadline
from tek_chat.tek_dialect import TEK_DIALECT
from tek_testing.clients.resume_client import AppliedLog
from tek_testing.gateway.gateway_process import GatewayProcess

CLIENTS = 500
AWAY = 10.0
"""Seconds without a gateway: the schedule has its dials at about 1, 3, 7 and 15."""

PER_SECOND = 10
LIMIT = 0.5
SCHEDULES = {"without jitter": Backoff(jitter=0), "with jitter": Backoff()}


class Watched(RealWorld):
    """The real world; `dials` has the time of each dial."""

    def __init__(self, dials: list[float]) -> None:
        super().__init__()
        self._dials = dials

    async def dial(self, call: Call) -> Link:
        """Open a WebSocket."""
        self._dials.append(self.monotonic())
        return await super().dial(call)


@dataclass(slots=True)
class Client:
    """A session, the messages that it sent, and the entries that it received."""

    session: Session
    is_online: bool = False
    asked: dict[str, str] = field(default_factory=dict[str, str])
    told: AppliedLog = field(default_factory=AppliedLog)

    async def ask(self, command: str, text: str) -> None:
        """Send a message whose answer must be `text`."""
        self.asked[await self.session.send({"type": "chat.send", "content": command + text})] = text

    async def live(self, changed: asyncio.Event) -> None:
        """Read all events."""
        async for event in self.session:
            match event:
                case Online():
                    self.is_online = True
                case Waiting():
                    self.is_online = False
                case Received(_, text):
                    self.told.take(text)
                case _:
                    """It is on the way to one of these."""
            changed.set()

    @property
    def is_acknowledged(self) -> bool:
        """Whether the gateway has accepted every message."""
        return self.told.asked.keys() >= self.asked.keys()

    @property
    def is_content(self) -> bool:
        """Whether it is online and every answer has ended."""
        return self.is_online and self.told.ends.keys() >= self.asked.keys()

    @property
    def has_lost(self) -> bool:
        """Whether an answer is wrong or a message ran twice."""
        times = (self.told.times_acknowledged, self.told.times_ended)
        return any(
            self.told.texts.get(name) != text or [each[name] for each in times] != [1, 1]
            for name, text in self.asked.items()
        )


class Herd:
    """Clients of one gateway, in this process."""

    def __init__(self, url: str, backoff: Backoff) -> None:
        self.dials: list[float] = []
        self.clients = [
            Client(Session(url, dialect=TEK_DIALECT, backoff=backoff, world=Watched(self.dials)))
            for _ in range(CLIENTS)
        ]
        self.changed = asyncio.Event()

    async def ask(self, command: str, text: str) -> None:
        """Have every client send a message."""
        for number, client in enumerate(self.clients):
            await client.ask(command, f"{text} {number}")

    async def until(self, holds: Callable[[Client], bool]) -> float:
        """Return the time at which `holds` is true of every client."""
        async with deadline(60):
            while not all(map(holds, self.clients)):
                self.changed.clear()
                await self.changed.wait()
        return time.monotonic()


@dataclass(frozen=True, slots=True)
class Outage:
    """The result: dials in each tenth of a second since the kill, and times in seconds."""

    dials: list[int]
    started: float
    ended: float
    lost: int

    @property
    def peak(self) -> int:
        """The most dials in a tenth of a second."""
        return max(self.dials)

    @property
    def peak_served(self) -> int:
        """The most of those that the restarted gateway had to serve."""
        return max(self.dials[int(self.started * PER_SECOND) :])


async def outage(backoff: Backoff) -> Outage:
    """Kill the gateway of a herd, and start it again."""
    async with GatewayProcess() as gateway, asyncio.TaskGroup() as tasks, AsyncExitStack() as stack:
        herd = Herd(gateway.url, backoff)
        for client in herd.clients:
            await stack.enter_async_context(client.session)
            tasks.create_task(client.live(herd.changed))
        await herd.until(lambda each: each.is_content)
        await herd.ask("/delay 500 ", "before the outage, number")
        await herd.until(lambda each: each.is_acknowledged)
        killed = time.monotonic()
        await gateway.kill()
        await herd.ask("", "during the outage, number")
        await asyncio.sleep(AWAY)
        await gateway.start()
        started = time.monotonic() - killed
        ended = await herd.until(lambda each: each.is_content) - killed
    moments = Counter(int((each - killed) * PER_SECOND) for each in herd.dials if each > killed)
    dials = [moments[each] for each in range(max(moments) + 1)]
    return Outage(dials, started, ended, sum(client.has_lost for client in herd.clients))


async def outages() -> dict[str, Outage]:
    """Return the result of each herd, run one after the other."""
    return {name: await outage(backoff) for name, backoff in SCHEDULES.items()}


def main(picture: str = "") -> int:
    """Print the results of both herds."""
    lived = asyncio.run(outages())
    highest = max(each.peak for each in lived.values())
    for name, each in lived.items():
        print(f"{name}: the gateway is back after {each.started:.1f} s,")
        print(f"  {CLIENTS} clients with all their answers after {each.ended:.1f} s,")
        print(f"  {each.lost} with anything missing or twice; dials, in steps of 0.2 s:")
        print(f"  |{line(each.dials, highest)}|")
        print(f"  at most {each.peak} dials, and {each.peak_served} once the gateway is back")
    if picture:
        panels = {f"Dials in 100 ms, {name}": each.dials for name, each in lived.items()}
        Path(picture).write_text(svg(panels, PER_SECOND), encoding="utf-8")
    even, jammed = lived["with jitter"], lived["without jitter"]
    print(f"peak with / without jitter = {even.peak / jammed.peak:.2f}")
    ratio = even.peak_served / jammed.peak_served
    print(f"once the gateway is back = {ratio:.2f} (limit {LIMIT})")
    return int(ratio > LIMIT or even.lost + jammed.lost > 0)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
