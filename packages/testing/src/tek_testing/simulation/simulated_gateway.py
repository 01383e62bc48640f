"""One gateway process, assembled from the product's own parts, without a socket."""

import asyncio
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, cast

from tek_gateway.host.activity import Activity
from tek_gateway.limits import ServerLimits
from tek_gateway.models.choice import ModelChoice
from tek_gateway.models.protocols import Model
from tek_gateway.serve.principals import ClientConnection, Principals
from tek_gateway.serve.resume_connection import ResumeConnection
from tek_gateway.store.commit_queue import committing
from tek_gateway.store.session_records import OWNER
from tek_gateway.turns.admission import Admission
from tek_gateway.turns.scheduler import Scheduler
from tek_testing.simulation.disk import Disk, SimulatedStore
from tek_testing.simulation.network import GatewayEnd, SimulatedWire
from tek_testing.simulation.simulated_loop import SimulatedLoop

if TYPE_CHECKING:
    from websockets.asyncio.server import ServerConnection


_NO_LIMIT = 1_000_000
_LIMITS = ServerLimits(requests=_NO_LIMIT, connections_each=_NO_LIMIT, turns=2, session_bytes=8_000)
"""So that a simulation meets the two of them that change what becomes of a message."""


class SimulatedGateway:
    """A gateway that runs from its construction until `kill`, or until `stop` has finished."""

    def __init__(self, loop: SimulatedLoop, disk: Disk, model: Model, *, is_clean: bool) -> None:
        self.store = SimulatedStore(disk, is_clean)
        self._loop = loop
        self._model = model
        self._guests = Principals(_LIMITS, lambda: 0.0)
        self._stopping = asyncio.Event()
        self._parts: tuple[Scheduler, Admission] | None = None
        self._ends: list[GatewayEnd] = []
        self._talks: dict[
            asyncio.Task[None], None
        ] = {}  # in order, so that a seed decides everything
        self._life = loop.create_task(self._live())
        loop.settle()

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""
        return self._life.done()

    def accept(self, wire: SimulatedWire) -> None:
        """Serve a new connection."""
        assert self._parts is not None
        self._ends = [each for each in self._ends if not each.is_closed]
        self._ends.append(wire.socket)
        following = ResumeConnection(
            cast("ServerConnection", wire.socket), self._visit(), *self._parts
        )
        talk = self._loop.create_task(following.run())
        self._talks[talk] = None
        talk.add_done_callback(self._talks.pop)

    def _visit(self) -> ClientConnection:
        visit = self._guests.connect(OWNER)
        assert visit is not None
        return visit

    def stop(self) -> None:
        """Begin a planned stop."""
        self._stopping.set()
        self._loop.settle()

    def kill(self, lost: int) -> None:
        """End at once, with the latest frames to every client unsent."""
        self.store.die()
        for end in self._ends:
            end.kill(lost)
        self._life.cancel()
        for talk in self._talks:
            talk.cancel()
        self._loop.settle()
        assert self.is_over
        assert not self._talks

    async def _live(self) -> None:
        async with AsyncExitStack() as stack:
            commits = await stack.enter_async_context(committing(self.store))
            turns = Scheduler(
                commits, ModelChoice(self._model), Activity(None, lambda: None), _LIMITS
            )
            stack.push_async_callback(turns.stop)
            await turns.recover()
            self._parts = turns, Admission(turns)
            await self._stopping.wait()
            for end in self._ends:
                end.go_away()
            if self._talks:
                await asyncio.wait(self._talks)
