"""A TCP proxy on loopback that breaks connections, on request or by a plan."""

import asyncio
import socket
from collections import Counter, deque
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self

from tek_testing.deadlines import deadline
from tek_testing.faults.fault_link import HOST, Bell, ProxiedLink
from tek_testing.faults.fault_plan import BlackHole, Ending, Fault, LinkFault, Refuse, Step
from tek_testing.faults.refusing_listener import Http
from tek_testing.gateway.ports import free_port


class FaultProxy:
    """A proxy to `upstream`, a port on loopback; `async with` starts and stops it.

    `port` 0 takes a free one. `fault` applies to every new dial, and None lets dials pass; it may
    be set at any time and does not change open connections: `break_all` does. `accepted` counts
    the dials so far. `done` counts the faults that took effect by class name: once for each
    connection, and `Refuse` each time it was set.
    """

    def __init__(self, upstream: int, *, port: int = 0, fault: Fault | None = None) -> None:
        self.upstream = upstream
        self.port = port or free_port()
        self.accepted = 0
        self.done: Counter[str] = Counter()
        self._fault = fault
        self._script: deque[Fault] = deque()
        self._links: dict[ProxiedLink, asyncio.Task[None]] = {}
        self._tasks: asyncio.TaskGroup | None = None
        self._listener: socket.socket | None = None
        self._news = Bell()

    @property
    def url(self) -> str:
        """Return the address to dial."""
        return f"ws://{HOST}:{self.port}/gateway"

    @property
    def connections(self) -> int:
        """Return how many connections are open, including held ones."""
        return len(self._links)

    @property
    def fault(self) -> Fault | None:
        """The fault of new dials."""
        return self._fault

    @fault.setter
    def fault(self, fault: Fault | None) -> None:
        self._fault = fault
        self._script.clear()
        self._listen_or_not()
        if isinstance(fault, Refuse):
            self._did(fault)

    def refuse(self, count: int, fault: Http | Ending | None = None) -> None:
        """Apply `fault`, by default a plain 503, to the next `count` dials.

        Later dials are held, as in a `BlackHole`, until `heal`.
        """
        self.fault = BlackHole()
        self._script.extend([fault or Http(503)] * count)

    def break_all(self, fault: LinkFault) -> int:
        """Apply `fault` to all open connections, and return their number."""
        for link in self._links:
            link.strike(fault)
        return len(self._links)

    def heal(self) -> None:
        """Remove the faults of all connections and dials."""
        self.fault = None
        for link in self._links:
            link.strike(None)

    async def suffer(self, step: Step) -> None:
        """Carry out one step of a plan, and heal."""
        await asyncio.sleep(step.calm)
        try:
            if step.open is not None:
                self.break_all(step.open)
            self.fault = step.dials
            name = type(step.dials).__name__
            goal = self.done[name] + step.count
            with suppress(TimeoutError):
                async with asyncio.timeout(step.seconds):
                    await self._until(lambda: step.count > 0 and goal <= self.done[name])
        finally:
            self.heal()

    async def dials(self, count: int, *, limit: float = 10.0) -> None:
        """Wait until `count` dials were accepted since the start.

        Raises `TimeoutError` after `limit` seconds, scaled.
        """
        async with deadline(limit):
            await self._until(lambda: self.accepted >= count)

    async def faults(self, count: int, *, limit: float = 10.0) -> None:
        """Wait until `count` faults of any kind were done since the start.

        Raises `TimeoutError` after `limit` seconds, scaled.
        """
        async with deadline(limit):
            await self._until(lambda: self.done.total() >= count)

    async def idle(self, *, limit: float = 10.0) -> None:
        """Wait until no connection is open; raises `TimeoutError` after `limit` seconds, scaled."""
        async with deadline(limit):
            await self._until(lambda: not self._links)

    async def __aenter__(self) -> Self:
        self._tasks = await asyncio.TaskGroup().__aenter__()
        self._listen_or_not()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        tasks, self._tasks = self._tasks, None
        self._listen_or_not()
        for task in self._links.values():
            task.cancel()
        if tasks is not None:
            # Without `error`, which it would wrap in a group.
            await tasks.__aexit__(None, None, None)

    async def _until(self, holds: Callable[[], bool]) -> None:
        while not holds():
            await self._news.wait()

    def _listen_or_not(self) -> None:
        wanted = self._tasks is not None and not isinstance(self._fault, Refuse)
        if wanted and self._listener is None:
            self._listener = socket.create_server((HOST, self.port), backlog=1024)
            self._listener.setblocking(False)  # noqa: FBT003 - positional only
            asyncio.get_running_loop().add_reader(self._listener, self._accept, self._listener)
        elif not wanted and self._listener is not None:
            asyncio.get_running_loop().remove_reader(self._listener)
            self._listener.close()
            self._listener = None

    def _accept(self, listener: socket.socket) -> None:
        if self._tasks is None:
            return
        try:
            near, _ = listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return  # the client has closed already
        fault = self._script.popleft() if self._script else self._fault
        link = ProxiedLink(near, self.upstream, fault, self._did)
        task = self._links[link] = self._tasks.create_task(link.run())
        task.add_done_callback(lambda _: self._gone(link))
        self.accepted += 1
        self._news.ring()

    def _gone(self, link: ProxiedLink) -> None:
        link.close()
        del self._links[link]
        self._news.ring()

    def _did(self, fault: Fault) -> None:
        self.done[type(fault).__name__] += 1
        self._news.ring()
