"""What may happen, as a state machine of Hypothesis: each rule is something that may happen.

The checker decides whether the outcome is right.
"""

import sys
from collections.abc import Sequence
from typing import ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from tek_chat import Delivery
from tek_testing.simulation.stage import Stage
from tek_testing.simulation.step_counts import StepCounts

CLIENTS = st.integers(0, 2)
SOME = st.integers(0, 7)
"""One of those that there are, whichever that is."""

MODEL = st.sampled_from([None, None, True, False])
"""Whether the gateway comes back with a model that goes on, None for the one that it had."""

_ASIDE = frozenset({Delivery.UNCERTAIN, Delivery.FAILED})


class Simulation(RuleBasedStateMachine):
    """A stage on which anything happens; `tallies` has the counts of each simulation, by seed."""

    tallies: ClassVar[list[tuple[int, StepCounts]]] = []
    tally: ClassVar[StepCounts]

    def __init__(self) -> None:
        super().__init__()
        self.stage: Stage | None = None
        self.tally.runs += 1

    @property
    def on(self) -> Stage:
        """The stage."""
        assert self.stage is not None
        return self.stage

    def stepped(self) -> Stage:
        """Count a step and return the stage."""
        self.tally.steps += 1
        return self.on

    @initialize(
        is_steady=st.booleans(),
        is_shared=st.booleans(),
        is_small=st.booleans(),
        pieces=st.integers(0, 3),
        is_thoughtful=st.booleans(),
        is_quick=st.booleans(),
    )
    def begin(  # noqa: PLR0913 - all that is chosen
        self,
        *,
        is_steady: bool,
        is_shared: bool,
        is_small: bool,
        pieces: int,
        is_thoughtful: bool,
        is_quick: bool,
    ) -> None:
        """Choose a model, who shares a journal, and how large a frame is."""
        self.stage = Stage(self.tally, is_steady=is_steady, is_shared=is_shared, is_small=is_small)
        self.stage.pieces = pieces
        self.stage.is_thoughtful, self.stage.is_quick = is_thoughtful, is_quick

    # ---- Time --------------------------------------------------------------------------------

    @rule(choices=st.lists(st.integers(0, 20), min_size=1, max_size=15))
    def go_on(self, choices: Sequence[int]) -> None:
        """Let some things happen, in any order; time passes when nothing is left to do."""
        on = self.stepped()
        for choice in choices:
            if not on.move(choice):
                on.loop.advance(0.5)

    @rule()
    def settle_down(self) -> None:
        """Let everything happen, and waiting clients reconnect."""
        self.stepped().gather()

    @rule(which=st.integers(0, 20))
    def hold(self, which: int) -> None:
        """Hold or release something: a direction, a disk, a journal."""
        self.stepped().hold(which)

    @rule(rounds=st.integers(1, 8))
    def carry_on(self, rounds: int) -> None:
        """Let everything happen, and the next seconds as well."""
        on = self.stepped()
        for _ in range(rounds):
            on.calm()
            on.loop.advance(1.3)

    @rule(tenths=st.sampled_from([1, 5, 13, 13, 13, 50, 110, 400]))
    def wait(self, tenths: int) -> None:
        """Let time pass, in which nothing arrives."""
        self.stepped().loop.advance(tenths / 10)

    @rule(chance=st.integers(0, 9))
    def heal(self, chance: int) -> None:
        """Now and then repair everything, wait until nothing moves, and check everything."""
        on = self.stepped()
        if not chance:
            on.rest()

    # ---- Users -------------------------------------------------------------------------------

    @precondition(lambda self: bool(self.on.living))
    @rule(who=CLIENTS, count=st.integers(1, 4), size=st.sampled_from([0, 0, 0, 100, 700]))
    def submit(self, who: int, count: int, size: int) -> None:
        """Send some messages."""
        on = self.stepped()
        client = on.living[who % len(on.living)]
        for _ in range(count):
            on.send(client, size)

    @precondition(lambda self: bool(self.on.living))
    @rule(who=CLIENTS, which=SOME, times=st.integers(1, 2))
    def stop_answer(self, who: int, which: int, times: int) -> None:
        """Stop an answer, or a message before it is answered, perhaps once more than needed."""
        on = self.stepped()
        client = on.living[who % len(on.living)]
        waiting = [e.id for e in client.view.exchanges if e.delivery is Delivery.ACCEPTED]
        if waiting:
            for _ in range(times):
                client.stop(waiting[which % len(waiting)])

    @rule(who=CLIENTS, which=SOME, is_again=st.booleans())
    def decide(self, who: int, which: int, *, is_again: bool) -> None:
        """Send a message again that failed or is uncertain, or discard one."""
        on = self.stepped()
        client = on.clients[who]
        wanted = _ASIDE if is_again else {*_ASIDE, Delivery.QUEUED}
        aside = [e.id for e in client.view.exchanges if e.delivery in wanted]
        if not client.is_alive or not aside:
            return
        message = on.checker.submitted[aside[which % len(aside)]]
        if is_again:
            message.is_again = client.resend(message.id) or message.is_again
        else:
            message.is_discarded = client.discard(message.id) or message.is_discarded

    @rule(who=st.integers(1, 2), with_whom=CLIENTS, is_alone=st.booleans())
    def join(self, who: int, with_whom: int, *, is_alone: bool) -> None:
        """Start another client, in the session of a running one or in a new one."""
        on = self.stepped()
        client, other = on.clients[who], on.clients[with_whom]
        if not client.lives:
            client.start("" if is_alone else other.session_id)

    @rule(who=CLIENTS, is_back=st.booleans())
    def crash_client(self, who: int, *, is_back: bool) -> None:
        """Kill a client, and perhaps start it again at once."""
        on = self.stepped()
        client = on.clients[who]
        if client.is_alive:
            on.strike(client)
        if is_back and client.lives:
            client.start(client.last_session())

    # ---- The network -------------------------------------------------------------------------

    @precondition(lambda self: bool(self.on.network.wires))
    @rule(which=SOME, up=st.integers(0, 6), down=st.integers(0, 6), is_told=st.booleans())
    def cut(self, which: int, up: int, down: int, *, is_told: bool) -> None:
        """Break a connection; the latest frames of each direction are lost."""
        on = self.stepped()
        self.tally.cuts += 1
        on.network.wires[which % len(on.network.wires)].cut(up, down, is_told=is_told)
        on.loop.settle()

    @precondition(lambda self: bool(self.on.network.wires))
    @rule(which=SOME, copies=st.lists(st.sampled_from([1, 1, 2, 0]), min_size=1, max_size=5))
    def tamper(self, which: int, copies: Sequence[int]) -> None:
        """Send entries twice or leave them out: no gateway does, but clients survive it."""
        on = self.stepped()
        on.network.wires[which % len(on.network.wires)].down.copies.extend(copies)

    # ---- The model ---------------------------------------------------------------------------

    @precondition(lambda self: bool(self.on.model.going))
    @rule(
        which=SOME,
        sizes=st.lists(st.sampled_from([1, 3, 7, 60, 300, -7, -60]), max_size=5),
        end=st.sampled_from(["", "", "end", "end", "fail"]),
        kind=st.integers(0, 1),
    )
    def think(self, which: int, sizes: Sequence[int], end: str, kind: int) -> None:
        """Emit more of an answer or of its reasoning, and perhaps end it."""
        on = self.stepped()
        thought = on.model.going[which % len(on.model.going)]
        for size in sizes:
            if size > 0:
                thought.say(size)
            else:
                thought.think(-size)
        if end == "end":
            thought.end()
        elif end == "fail":
            thought.fail(kind)
        on.loop.settle()

    # ---- The gateway -------------------------------------------------------------------------

    @precondition(lambda self: self.on.gateway is not None)
    @rule(
        lost=st.integers(0, 6),
        is_back=st.sampled_from([True, True, False]),
        is_steady=MODEL,
    )
    def kill(self, lost: int, *, is_back: bool, is_steady: bool | None) -> None:
        """Kill the gateway, and perhaps start it again at once."""
        on = self.stepped()
        on.fall(lost)
        if is_back:
            on.rise(is_steady=is_steady)

    @precondition(lambda self: self.on.gateway is not None)
    @rule(is_back=st.booleans())
    def stop_gateway(self, *, is_back: bool) -> None:
        """Stop the gateway as planned, and perhaps start it again at once."""
        on = self.stepped()
        on.stop()
        if is_back:
            on.rise()

    @precondition(lambda self: self.on.gateway is None)
    @rule(is_steady=MODEL)
    def start_gateway(self, *, is_steady: bool | None) -> None:
        """Start it again, perhaps with another model."""
        self.stepped().rise(is_steady=is_steady)

    @precondition(lambda self: bool(self.on.living))
    @rule(
        who=CLIENTS,
        moves=st.integers(0, 25),
        stride=st.integers(0, 5),
        lost=st.integers(0, 3),
        commits=st.integers(1, 3),
        how=st.sampled_from(["", "", "", "tail", "restore", "expire"]),
        is_client_struck=st.booleans(),
        is_journal_slow=st.booleans(),
        is_steady=MODEL,
    )
    def strike(  # noqa: PLR0913 - all that may come together
        self,
        *,
        who: int,
        moves: int,
        stride: int,
        lost: int,
        commits: int,
        how: str,
        is_client_struck: bool,
        is_journal_slow: bool,
        is_steady: bool | None,
    ) -> None:
        """Kill the gateway, and perhaps the client too, while a message is under way."""
        on = self.stepped()
        client = on.living[who % len(on.living)]
        on.gather()
        on.send(client, 0)
        if is_journal_slow:
            on.keep(client)
        for choice in range(moves):
            on.move(choice * stride)
        on.fall(lost)
        if is_client_struck:
            on.strike(client)
        on.spoil(how, commits, 0)
        on.rise(is_steady=is_steady)
        if is_client_struck:
            client.start(client.last_session())

    # ---- The gateway's disk ------------------------------------------------------------------

    @rule()
    def save(self) -> None:
        """Make a backup."""
        self.stepped().disk.save()

    @rule(
        how=st.sampled_from(["age", "tail", "restore", "expire"]),
        commits=st.integers(1, 3),
        which=SOME,
        chance=st.integers(0, 2),
    )
    def damage(self, how: str, commits: int, which: int, chance: int) -> None:
        """Now and then kill the gateway and do something to its disk."""
        on = self.stepped()
        if not chance:
            on.fall(0)
            on.spoil(how, commits, which)

    @precondition(lambda self: bool(self.on.living))
    @rule(
        who=CLIENTS,
        moves=st.integers(0, 25),
        commits=st.integers(0, 2),
        reads=st.integers(0, 1),
        is_full=st.booleans(),
    )
    def fail_disk(self, who: int, moves: int, commits: int, reads: int, *, is_full: bool) -> None:
        """Make the next commits and reads fail, or all commits, while a message is under way."""
        on = self.stepped()
        on.gather()
        on.send(on.living[who % len(on.living)], 0)
        for choice in range(moves):
            on.move(choice)
        if on.gateway is not None:
            store = on.gateway.store
            store.failures, store.misreadings, store.is_full = commits, reads, is_full

    @precondition(lambda self: self.on.gateway is not None and self.on.gateway.store.is_full)
    @rule()
    def make_room(self) -> None:
        """Make room on the disk."""
        on = self.stepped()
        assert on.gateway is not None
        on.gateway.store.is_full = False

    # ---- What must hold ----------------------------------------------------------------------

    @invariant()
    def watch(self) -> None:
        """Look at what was said and shown since the last time."""
        if self.stage is not None:
            self.stage.watch()

    def teardown(self) -> None:
        """Check everything a last time, unless a check has failed before, and stop."""
        if self.stage is None:
            return
        try:
            if sys.exc_info()[0] is None:
                self.stage.rest()
                self.stage.wake()
                self.tally.answers += sum(each.is_whole for each in self.stage.model.thoughts)
        finally:
            self.stage.end()
