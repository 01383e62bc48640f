"""Clients, a gateway and everything between them, and what can be done to them.

The state machine chooses what happens, and the checker judges it.
"""

import gc
from collections.abc import Callable
from contextlib import ExitStack
from typing import TypeAlias
from unittest.mock import patch

from reconnect_core import Phase
from tek_chat import Delivery
from tek_gateway.log import log_entries
from tek_gateway.serve import resume_connection
from tek_gateway.store import commit_queue, tail
from tek_gateway.store.sqlite import log_reader
from tek_gateway.turns import admission, turn
from tek_protocol.envelope import FRAME_LIMIT
from tek_protocol.resume_frames import GatewayLimits
from tek_testing.simulation.disk import Disk, SimulatedStore
from tek_testing.simulation.journal_file import File, SimulatedThread
from tek_testing.simulation.network import Network, Pipe
from tek_testing.simulation.scripted_model import FreshModel, ModelRun, SteadyModel
from tek_testing.simulation.simulated_client import SimulatedClient
from tek_testing.simulation.simulated_gateway import SimulatedGateway
from tek_testing.simulation.simulated_loop import SimulatedLoop
from tek_testing.simulation.simulation_checker import Checker
from tek_testing.simulation.step_counts import Alarm, StepCounts, heard_alone

Move: TypeAlias = Callable[[], None]

_ROUNDS = 300
_MOVES = 5_000

_BOUNDS = (
    (log_reader, "PAGE_ROWS", 3),
    (tail, "TAIL_ENTRIES", 4),
    (turn, "AHEAD_LIMIT", 4),
    (commit_queue, "BATCH_LIMIT", 3),
    (admission, "QUEUE_LIMIT", 10),
    (resume_connection, "OFFERS_LIMIT", 3),
    (resume_connection, "LIMITS", GatewayLimits(outbox_messages=4)),
)
"""Limits so low that a simulation reaches them: a page ends after three entries, and so on."""

_SMALL_FRAME = 800

_PIECE, _LARGE_PIECE = 9, 120
"""Characters of a piece that a model says by itself; two large ones fill a small frame."""


class Stage:
    """Up to three clients of one gateway.

    `is_steady`: the first model goes on where it was interrupted. `is_shared`: the clients share a
    journal, as those of one user do. `is_small`: a longer answer does not fit into a frame. The
    model emits `pieces` pieces of each answer by itself, the first of them as reasoning if it
    `is_thoughtful`, and ends the answer if it `is_quick`.
    """

    def __init__(
        self, tally: StepCounts, *, is_steady: bool, is_shared: bool, is_small: bool
    ) -> None:
        self.tally = tally
        self.is_shared = is_shared
        self.loop = SimulatedLoop()
        self.network = Network()
        self.disk = Disk()
        self.model = FreshModel()
        self._steady = SteadyModel(thoughts=self.model.thoughts)
        self.checker = Checker(self.disk, self.model)
        self.gateway: SimulatedGateway | None = None
        file = File()
        self.clients = [
            SimulatedClient(name, self.loop, file if is_shared else File(), self.network)
            for name in "abc"
        ]
        self.pieces = 0
        self.is_thoughtful = self.is_quick = False
        self._is_clean = True
        self._is_steady = is_steady
        self._piece = _LARGE_PIECE if is_small else _PIECE
        self._named = 0
        self._alarm = Alarm()
        self._borrowed = ExitStack()
        self._borrow(_SMALL_FRAME if is_small else FRAME_LIMIT)
        self.rise(is_steady=is_steady)
        self.clients[0].start("")
        self.calm()
        self.disk.save()

    @property
    def living(self) -> list[SimulatedClient]:
        """The running clients."""
        return [each for each in self.clients if each.is_alive]

    def _borrow(self, frame_limit: int) -> None:
        """Take the log, the die and the bounds of the gateway for as long as this runs.

        A collector of garbage that came when it liked would drop the ends of logs at its own time,
        and a seed would not say all that happens.
        """
        gc.disable()
        self._borrowed.callback(gc.enable)
        self._borrowed.enter_context(heard_alone(self._alarm))
        self._borrowed.enter_context(patch("secrets.token_hex", self._token))
        for module, name, value in (*_BOUNDS, (log_entries, "FRAME_LIMIT", frame_limit)):
            self._borrowed.enter_context(patch.object(module, name, value))

    def _token(self, size: int) -> str:
        self._named += 1
        return f"{self._named:0{2 * size}x}"

    # ---- What moves --------------------------------------------------------------------------

    def moves(self) -> list[Move]:
        """Return everything that may happen next by itself."""
        self.network.forget()
        found: list[Move] = []
        for wire in self.network.wires:
            found += wire.moves()
        if self.gateway is not None:
            found += self.gateway.store.moves()
        found += [move for each in self.model.going for move in self._thinking(each)]
        for client in self.living:
            found += client.running_thread.moves()
        return found

    def hold(self, which: int) -> None:
        """Hold or release something: a direction, a disk, a journal."""
        found: list[Pipe | SimulatedStore | SimulatedThread] = []
        for wire in self.network.wires:
            found += [wire.up, wire.down]
        if self.gateway is not None:
            found.append(self.gateway.store)
        found += [each.running_thread for each in self.living]
        if found:
            held = found[which % len(found)]
            held.is_held = not held.is_held

    def _release(self) -> None:
        for wire in self.network.wires:
            wire.mend()
        for client in self.living:
            client.running_thread.is_held = False
        if self.gateway is not None:
            store = self.gateway.store
            store.is_held = store.is_full = False
            store.failures = store.misreadings = 0

    def _thinking(self, thought: ModelRun) -> list[Move]:
        if self.is_thoughtful and not thought.said:
            return [lambda: thought.think(self._piece)]
        if thought.said < self.pieces:
            return [lambda: thought.say(self._piece)]
        return [thought.end] if self.is_quick and not thought.is_ending else []

    def move(self, choice: int) -> bool:
        """Let one of these things happen; False if there is none."""
        moves = self.moves()
        if moves:
            moves[choice % len(moves)]()
            self.tally.moves += 1
            self.loop.settle()
        return bool(moves)

    def calm(self) -> None:
        """Let everything happen that may happen by itself."""
        for choice in range(_MOVES):
            if not self.move(choice):
                return
        message = "it never comes to rest"
        raise AssertionError(message)

    def gather(self) -> None:
        """Let everything happen, and enough time pass for a client to reconnect."""
        for _ in range(3):
            self.calm()
            self.loop.advance(0.6)
        self.calm()

    # ---- Users -------------------------------------------------------------------------------

    def send(self, client: SimulatedClient, size: int) -> None:
        """Send one message as the user of `client`, with so many dots at its end."""
        self.tally.messages += 1
        by = f"{client.name}{client.lives}" if self.is_shared else client.name
        message_id = f"{client.name}-{len(self.checker.submitted)}"
        message = self.checker.submit(message_id, f"{message_id}{'.' * size}", by)

        def taken() -> None:
            message.is_taken = True

        client.submit(message_id, message.text, taken)

    def keep(self, client: SimulatedClient) -> None:
        """Have a client's journal write everything, and hold it."""
        for move in client.running_thread.moves():
            move()
        client.running_thread.is_held = True
        self.loop.settle()

    def strike(self, client: SimulatedClient) -> None:
        """Kill a client."""
        self.watch()
        self.tally.client_crashes += 1
        client.die()

    # ---- The gateway -------------------------------------------------------------------------

    def rise(self, *, is_steady: bool | None = None) -> None:
        """Start a gateway if there is none, perhaps with another model."""
        if is_steady is not None:
            self._is_steady = is_steady
        if self.gateway is None:
            clean, self._is_clean = self._is_clean, False
            model = self._steady if self._is_steady else self.model
            self.gateway = SimulatedGateway(self.loop, self.disk, model, is_clean=clean)
            self.network.accept = self.gateway.accept

    def fall(self, lost: int) -> None:
        """Kill the gateway if there is one; the latest frames of each connection are lost."""
        if self.gateway is not None:
            self.tally.gateway_ends += 1
            self.network.accept = None
            self.gateway.kill(lost)
            self.gateway, self._is_clean = None, False

    def stop(self) -> None:
        """Stop the gateway as planned, if there is one."""
        gateway = self.gateway
        if gateway is None:
            return
        self.tally.gateway_ends += 1
        self.network.accept = None
        gateway.store.is_held = False
        gateway.stop()
        while not gateway.is_over:
            moves = gateway.store.moves()
            assert moves, "the gateway does not stop"
            moves[0]()
            self.loop.settle()
        self.gateway, self._is_clean = None, gateway.store.is_counted

    def spoil(self, how: str, commits: int, which: int) -> None:
        """Do something to the disk while no gateway is running."""
        assert self.gateway is None
        if how == "age":
            self.disk.age()
        elif how:
            self.tally.losses += 1
            self.checker.has_lost, self._is_clean = True, False
            self._lose(how, commits, which)

    def _lose(self, how: str, commits: int, which: int) -> None:
        match how:
            case "tail":
                self.disk.set_back(commits)
            case "restore":
                self.disk.restore()
            case _:
                self.disk.expire(which)

    # ---- What must hold ----------------------------------------------------------------------

    def watch(self) -> None:
        """Check what was said and shown since the last time."""
        self.checker.overhear(self.network.said)
        for client in self.clients:
            self.checker.watch(client)
        assert not self._alarm.rung, self._alarm.rung
        assert not self.loop.problems, self.loop.problems

    def rest(self) -> None:
        """Repair everything, wait until nothing moves, and check everything."""
        self.rise()
        self._release()
        for client in self.clients:
            if client.lives and not client.is_alive:
                client.start(client.last_session())
        for _ in range(_ROUNDS):
            self.calm()
            if self._is_quiet():
                break
            for thought in self.model.going:
                thought.say(5)
                thought.end()
            self.loop.advance(1.0)
        assert self._is_quiet(), "it does not heal"
        self.watch()
        self.checker.check(self.living)

    def wake(self) -> None:
        """Kill and start every client, so that it has only what it saved, and check again."""
        for client in self.living:
            client.die()
        self.rest()

    def _is_quiet(self) -> bool:
        """Return whether every client is online and nothing is left to do."""
        busy = self.disk.owes or self.model.going or self.moves()
        return not busy and all(_is_content(each) for each in self.living)

    def end(self) -> None:
        """Stop everything."""
        self.network.accept = None
        for client in self.living:
            client.die()
        for client in self.clients:
            client.file.close()
        self.fall(0)
        self.disk.close()
        self.loop.close()
        self._borrowed.close()


def _is_content(client: SimulatedClient) -> bool:
    assert client.session is not None
    connection = client.session.connection
    unsettled = {Delivery.QUEUED, Delivery.SENT}
    waiting = any(each.delivery in unsettled for each in client.view.exchanges)
    return connection.phase is Phase.ONLINE and not connection.queued and not waiting
