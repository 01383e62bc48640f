"""One gateway process, put together as the product puts it together, without its socket.

It must never hold a rule of its own.
"""

import asyncio
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, cast

from simulated.disk import Disk, SimulatedStore
from simulated.loop import SimulatedLoop
from simulated.network import GatewayEnd, Wire
from tek_gateway.access import OWNER
from tek_gateway.activity import Activity
from tek_gateway.guests import Guests, Visit
from tek_gateway.journal import Journal, journaling
from tek_gateway.limits import Limits
from tek_gateway.models import Model
from tek_gateway.models.choice import Choice
from tek_gateway.resumption import Following
from tek_gateway.turns import Turns

if TYPE_CHECKING:
    from websockets.asyncio.server import ServerConnection


_NO_LIMIT = 1_000_000
_LIMITS = Limits(requests=_NO_LIMIT, connections_each=_NO_LIMIT, turns=2, session_bytes=8_000)
"""So that a simulation meets the two of them that change what becomes of a message."""


class SimulatedGateway:
    """Runs from its making until `kill`, or until `stop` has come to its end."""

    def __init__(self, loop: SimulatedLoop, disk: Disk, model: Model, *, is_clean: bool) -> None:
        self.store = SimulatedStore(disk, is_clean)
        self._loop = loop
        self._model = model
        self._guests = Guests(_LIMITS, lambda: 0.0)
        self._stopping = asyncio.Event()
        self._parts: tuple[Journal, Turns] | None = None
        self._ends: list[GatewayEnd] = []
        self._talks: dict[asyncio.Task[None], None] = {}  # in order: a seed says all that happens
        self._life = loop.create_task(self._live())
        loop.settle()

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""
        return self._life.done()

    def accept(self, wire: Wire) -> None:
        """Talk over a new connection."""
        assert self._parts is not None
        self._ends = [each for each in self._ends if not each.is_closed]
        self._ends.append(wire.socket)
        following = Following(cast("ServerConnection", wire.socket), self._visit(), *self._parts)
        talk = self._loop.create_task(following.run())
        self._talks[talk] = None
        talk.add_done_callback(self._talks.pop)

    def _visit(self) -> Visit:
        visit = self._guests.receive(OWNER)
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
            journal = await stack.enter_async_context(journaling(self.store))
            turns = Turns(journal, Choice(self._model), Activity(None, lambda: None), _LIMITS)
            stack.push_async_callback(turns.stop)
            await turns.recover()
            self._parts = journal, turns
            await self._stopping.wait()
            for end in self._ends:
                end.go_away()
            if self._talks:
                await asyncio.wait(self._talks)
