"""Clients, a gateway and everything between them, as one state machine.

It must never decide whether what comes of it is right: the checker does.
"""

import logging
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import ClassVar, TypeAlias
from unittest.mock import patch

from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from reconnect_core import Phase
from simulated.checker import Checker, Submitted
from simulated.client import File, SimulatedClient
from simulated.disk import Disk
from simulated.gateway import SimulatedGateway
from simulated.loop import SimulatedLoop
from simulated.model import FreshModel, SteadyModel
from simulated.network import Network
from tek_chat import Delivery
from tek_gateway import answer, journal, log, resumption, tail, turns
from tek_gateway.store import reading
from tek_protocol.session import FRAME_LIMIT, GatewayLimits

Move: TypeAlias = Callable[[], None]

_EXPECTED = ("the store failed", "the model broke off")
_ROUNDS = 300
_MOVES = 5_000

CLIENTS = st.integers(0, 2)
SOME = st.integers(0, 7)
"""One of those that there are, whichever that is."""


@dataclass(slots=True)
class Tally:
    """What was simulated, all runs together.

    A step is one rule of the machine; a move is one frame, commit or read among those that a step
    may consist of.
    """

    runs: int = 0
    steps: int = 0
    moves: int = 0
    gateway_ends: int = 0
    client_crashes: int = 0
    cuts: int = 0
    losses: int = 0
    messages: int = 0
    answers: int = 0

    def __str__(self) -> str:
        """Return it for a person."""
        return (
            f"{self.steps} steps ({self.moves} moves) in {self.runs} runs:"
            f" {self.gateway_ends} ends of a gateway, {self.client_crashes} crashes of a client,"
            f" {self.cuts} cuts, {self.losses} losses of data; {self.messages} messages,"
            f" {self.answers} answers"
        )


class Alarm(logging.Handler):
    """Notes whatever is logged as an error and not part of the plan."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.rung: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Take one record."""
        if not any(each in str(record.msg) for each in _EXPECTED):
            self.rung.append(record.getMessage())


class Simulation(RuleBasedStateMachine):
    """Up to three users in one session, or in several."""

    tallies: ClassVar[dict[int, Tally]] = {}
    tally: ClassVar[Tally]

    def __init__(self) -> None:
        super().__init__()
        self.tally.runs += 1
        self.loop = SimulatedLoop()
        self.network = Network()
        self.disk = Disk()
        self.gateway: SimulatedGateway | None = None
        self.is_clean = True
        self.named = 0
        self.patches = ExitStack()
        self.patches.enter_context(patch("secrets.token_hex", self._token))
        self.alarm = Alarm()
        self.quietened = _quiet(self.alarm)
        self.model = FreshModel()
        self.clients: list[SimulatedClient] = []
        self.checker = Checker(self.disk, self.model)

    @initialize(is_steady=st.booleans(), is_shared=st.booleans(), is_small=st.booleans())
    def begin(self, *, is_steady: bool, is_shared: bool, is_small: bool) -> None:
        """Choose a model, who shares a journal, and bounds that are met sooner or later."""
        self.model = SteadyModel() if is_steady else FreshModel()
        self.checker = Checker(self.disk, self.model)
        for module, name, value in (
            (reading, "PAGE_ROWS", 3),
            (tail, "TAIL_ENTRIES", 4),
            (answer, "AHEAD_LIMIT", 4),
            (journal, "BATCH_LIMIT", 3),
            (turns, "QUEUE_LIMIT", 6),
            (resumption, "OFFERS_LIMIT", 3),
            (resumption, "LIMITS", GatewayLimits(outbox_messages=4)),
            (log, "FRAME_LIMIT", 800 if is_small else FRAME_LIMIT),
        ):
            self.patches.enter_context(patch.object(module, name, value))
        file = File()
        self.clients = [
            SimulatedClient(name, self.loop, file if is_shared else File(), self.network)
            for name in "abc"
        ]
        self.is_shared = is_shared
        self.rise()
        self.clients[0].start("")
        self.calm()

    @property
    def living(self) -> list[SimulatedClient]:
        """The clients that run."""
        return [each for each in self.clients if each.is_alive]

    def _token(self, size: int) -> str:
        self.named += 1
        return f"{self.named:0{2 * size}x}"

    # ---- What moves --------------------------------------------------------------------------

    def moves(self) -> list[Move]:
        """Return what may happen next by itself."""
        self.network.forget()
        found: list[Move] = []
        for wire in self.network.wires:
            if wire.up.under_way:
                found.append(wire.move_up)
            if wire.down.under_way:
                found.append(wire.move_down)
        if self.gateway is not None:
            store = self.gateway.store
            if store.asked is not None:
                found.append(store.write if store.asked.results is None else store.tell)
            if store.reads:
                found.append(store.arrive)
        found += [
            each.thread.flush
            for each in self.clients
            if each.is_alive and each.thread is not None and each.thread.jobs
        ]
        return found

    def move(self, choice: int) -> bool:
        """Do one of the things that may happen; False if nothing may."""
        moves = self.moves()
        if moves:
            moves[choice % len(moves)]()
            self.tally.moves += 1
            self.loop.settle()
        return bool(moves)

    def calm(self) -> None:
        """Let everything happen that happens by itself."""
        for choice in range(_MOVES):
            if not self.move(choice):
                return
        message = "it never comes to rest"
        raise AssertionError(message)

    @rule(choices=st.lists(st.integers(0, 20), min_size=1, max_size=15))
    def go_on(self, choices: Sequence[int]) -> None:
        """Let some things happen, in any order."""
        self.tally.steps += 1
        for choice in choices:
            self.move(choice)

    @rule()
    def settle_down(self) -> None:
        """Let everything happen."""
        self.tally.steps += 1
        self.calm()

    @rule(rounds=st.integers(1, 4))
    def carry_on(self, rounds: int) -> None:
        """Let everything happen, and the next seconds as well."""
        self.tally.steps += 1
        for _ in range(rounds):
            self.calm()
            self.loop.advance(1.3)

    @rule(tenths=st.sampled_from([1, 5, 13, 13, 13, 50, 110, 400]))
    def wait(self, tenths: int) -> None:
        """Let time pass, in which nothing arrives."""
        self.tally.steps += 1
        self.loop.advance(tenths / 10)

    # ---- Users -------------------------------------------------------------------------------

    @precondition(lambda self: bool(self.living))
    @rule(who=CLIENTS, count=st.integers(1, 4), size=st.sampled_from([0, 0, 0, 100, 700]))
    def submit(self, who: int, count: int, size: int) -> None:
        """Send some messages."""
        self.tally.steps += 1
        client = self.living[who % len(self.living)]
        by = f"{client.name}{client.lives}" if self.is_shared else client.name
        for _ in range(count):
            self.tally.messages += 1
            message_id = f"{client.name}-{len(self.checker.submitted)}"
            message = self.checker.submit(message_id, f"{message_id}{'.' * size}", by)

            def taken(message: Submitted = message) -> None:
                message.is_taken = True

            client.submit(message_id, message.text, taken)

    @rule(who=CLIENTS, which=SOME)
    def stop_answer(self, who: int, which: int) -> None:
        """Stop an answer, or a message before it is answered."""
        self.tally.steps += 1
        client = self.clients[who]
        waiting = [e.id for e in client.view.exchanges if e.delivery is Delivery.ACCEPTED]
        if client.is_alive and waiting:
            client.stop(waiting[which % len(waiting)])

    @rule(who=CLIENTS, which=SOME, is_again=st.booleans())
    def decide(self, who: int, which: int, *, is_again: bool) -> None:
        """Send a message again that was set aside, or take back any that can be."""
        self.tally.steps += 1
        client = self.clients[who]
        wanted = {Delivery.UNCERTAIN, Delivery.FAILED}
        if not is_again:
            wanted.add(Delivery.QUEUED)
        aside = [e.id for e in client.view.exchanges if e.delivery in wanted]
        if not client.is_alive or not aside:
            return
        message = self.checker.submitted[aside[which % len(aside)]]
        if is_again:
            message.is_again = client.resend(message.id) or message.is_again
        else:
            message.is_discarded = client.discard(message.id) or message.is_discarded

    @rule(who=st.integers(1, 2), with_whom=CLIENTS, is_alone=st.booleans())
    def join(self, who: int, with_whom: int, *, is_alone: bool) -> None:
        """Open another client, in the session of one that runs or in a new one."""
        self.tally.steps += 1
        client, other = self.clients[who], self.clients[with_whom]
        if not client.lives:
            client.start("" if is_alone else other.session_id)

    @rule(who=CLIENTS, is_back=st.booleans())
    def crash_client(self, who: int, *, is_back: bool) -> None:
        """Kill a client, and perhaps start it again at once."""
        self.tally.steps += 1
        client = self.clients[who]
        if client.is_alive:
            self.watch()
            self.tally.client_crashes += 1
            client.die()
        if is_back and client.lives and not client.is_alive:
            client.start(client.last_session())

    # ---- The network -------------------------------------------------------------------------

    @precondition(lambda self: bool(self.network.wires))
    @rule(which=SOME, up=st.integers(0, 6), down=st.integers(0, 6), is_told=st.booleans())
    def cut(self, which: int, up: int, down: int, *, is_told: bool) -> None:
        """Break a connection; of each direction the latest frames are lost."""
        self.tally.steps += 1
        self.tally.cuts += 1
        wires = self.network.wires
        wires[which % len(wires)].cut(up, down, is_told=is_told)
        self.loop.settle()

    # ---- The model ---------------------------------------------------------------------------

    @precondition(lambda self: bool(self.model.going))
    @rule(
        which=SOME,
        sizes=st.lists(st.sampled_from([1, 3, 7, 60, 300]), max_size=5),
        end=st.sampled_from(["", "", "end", "end", "fail"]),
        kind=st.integers(0, 1),
    )
    def think(self, which: int, sizes: Sequence[int], end: str, kind: int) -> None:
        """Go on with an answer, and perhaps end it."""
        self.tally.steps += 1
        going = self.model.going
        thought = going[which % len(going)]
        for size in sizes:
            thought.say(size)
        if end == "end":
            thought.end()
        elif end == "fail":
            thought.fail(kind)
        self.loop.settle()

    # ---- The gateway -------------------------------------------------------------------------

    @precondition(lambda self: self.gateway is not None)
    @rule(lost=st.integers(0, 6), is_back=st.booleans())
    def kill(self, lost: int, *, is_back: bool) -> None:
        """Kill the gateway wherever it is, and perhaps start it again at once."""
        self.tally.steps += 1
        self.fall(lost)
        if is_back:
            self.rise()

    @precondition(lambda self: self.gateway is not None)
    @rule(is_back=st.booleans())
    def stop_gateway(self, *, is_back: bool) -> None:
        """Stop the gateway as planned."""
        self.tally.steps += 1
        assert self.gateway is not None
        self.tally.gateway_ends += 1
        self.network.accept = None
        self.gateway.stop()
        for _ in range(_MOVES):
            if self.gateway.is_over:
                break
            self._move_store()
        assert self.gateway.is_over, "the gateway does not stop"
        self.gateway, self.is_clean = None, True
        if is_back:
            self.rise()

    @precondition(lambda self: self.gateway is None)
    @rule()
    def start_gateway(self) -> None:
        """Start it again."""
        self.tally.steps += 1
        self.rise()

    @rule(
        how=st.sampled_from(["age", "save", "tail", "restore", "expire"]),
        commits=st.integers(1, 3),
        which=SOME,
        chance=st.integers(0, 2),
    )
    def damage(self, how: str, commits: int, which: int, chance: int) -> None:
        """Do something to the disk, now and then, while no gateway looks."""
        self.tally.steps += 1
        if how == "save":
            self.disk.save()
            return
        if chance:
            return
        if self.gateway is not None:
            self.fall(0)
        if how == "age":
            self.disk.age()
            return
        self.tally.losses += 1
        self.checker.has_lost, self.is_clean = True, False
        match how:
            case "tail":
                self.disk.set_back(commits)
            case "restore":
                self.disk.restore()
            case _:
                found = self.disk.database.execute("SELECT session_id FROM sessions").fetchall()
                if found:
                    self.disk.expire(found[which % len(found)][0])

    @precondition(lambda self: self.gateway is not None)
    @rule(commits=st.integers(0, 2), reads=st.integers(0, 1))
    def fail_disk(self, commits: int, reads: int) -> None:
        """Have the disk fail."""
        self.tally.steps += 1
        assert self.gateway is not None
        self.gateway.store.failures, self.gateway.store.misreadings = commits, reads

    def fall(self, lost: int) -> None:
        """Have the gateway die."""
        assert self.gateway is not None
        self.tally.gateway_ends += 1
        self.network.accept = None
        self.gateway.kill(lost)
        self.gateway, self.is_clean = None, False

    def rise(self) -> None:
        """Have a gateway come up."""
        self.gateway = SimulatedGateway(self.loop, self.disk, self.model, is_clean=self.is_clean)
        self.network.accept = self.gateway.accept
        self.is_clean = False

    def _move_store(self) -> None:
        assert self.gateway is not None
        store = self.gateway.store
        if store.asked is not None:
            (store.write if store.asked.results is None else store.tell)()
        elif store.reads:
            store.arrive()
        else:
            self.loop.advance(1.0)
        self.loop.settle()

    # ---- What must hold ----------------------------------------------------------------------

    @invariant()
    def watch(self) -> None:
        """Look at what was said and shown so far."""
        self.checker.overhear(self.network.said)
        for client in self.clients:
            self.checker.watch(client)
        assert not self.alarm.rung, self.alarm.rung
        assert not self.loop.problems, self.loop.problems

    @rule(chance=st.integers(0, 9))
    def heal(self, chance: int) -> None:
        """Mend everything, wait until nothing moves any more, and check it all."""
        self.tally.steps += 1
        if chance == 0:
            self.come_to_rest()

    def come_to_rest(self) -> None:
        """Mend everything, wait until nothing moves any more, and check it all."""
        if self.gateway is None:
            self.rise()
        assert self.gateway is not None
        self.gateway.store.failures = self.gateway.store.misreadings = 0
        for wire in self.network.wires:
            wire.mend()
        for client in self.clients:
            if client.lives and not client.is_alive:
                client.start(client.last_session())
        for _ in range(_ROUNDS):
            self.calm()
            if self.is_quiet():
                break
            for thought in self.model.going:
                thought.say(5)
                thought.end()
            self.loop.advance(1.0)
        assert self.is_quiet(), "it does not heal"
        self.watch()
        self.checker.check([each for each in self.clients if each.is_alive])

    def is_quiet(self) -> bool:
        """Return whether everybody is online and nothing is left to do."""
        (owed,) = self.disk.database.execute("SELECT count(*) FROM owed").fetchone()
        return (
            not owed
            and not self.model.going
            and not self.moves()
            and all(_is_content(each) for each in self.clients if each.is_alive)
        )

    def teardown(self) -> None:
        """Check everything a last time, and end it all."""
        try:
            if self.clients:
                self.come_to_rest()
                self.tally.answers += sum(1 for each in self.model.thoughts if each.is_whole)
        finally:
            self.network.accept = None
            for client in self.clients:
                if client.is_alive:
                    client.die()
                client.file.database.close()
            if self.gateway is not None:
                self.gateway.kill(0)
            self.disk.database.close()
            self.loop.close()
            self.patches.close()
            self.quietened()


def _is_content(client: SimulatedClient) -> bool:
    assert client.session is not None
    connection = client.session.connection
    unsettled = {Delivery.QUEUED, Delivery.SENT}
    waiting = any(each.delivery in unsettled for each in client.view.exchanges)
    return connection.phase is Phase.ONLINE and not connection.queued and not waiting


def _quiet(alarm: Alarm) -> Callable[[], None]:
    """Have `alarm` hear all errors, and nobody else; returns what undoes that."""
    root = logging.getLogger()
    former, heard = root.handlers, list[logging.Handler]([alarm])
    root.handlers = heard

    def undo() -> None:
        root.handlers = former

    return undo
