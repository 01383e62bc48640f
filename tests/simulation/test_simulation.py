"""Nothing is lost, doubled or reordered, whatever dies and whenever.

The seed of a simulation is printed when it ends; `TEK_SIMULATION_SEED` replays it.
"""

import os
import secrets
from typing import cast

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tek_testing.simulation.state_machine import Simulation
from tek_testing.simulation.step_counts import StepCounts

CHOSEN = os.environ.get("TEK_SIMULATION_SEED")

STEPS = 20_000
"""The least number of steps of a long simulation."""


def simulate(number: int, runs: int) -> StepCounts:
    """Run the state machine `runs` times; the same seed gives the same runs."""
    tally = StepCounts()
    Simulation.tallies.append((number, tally))
    machine = cast("type[Simulation]", type("Seeded", (Simulation,), {"tally": tally}))
    run_state_machine_as_test(
        seed(number)(machine),
        settings=settings(
            max_examples=runs,
            stateful_step_count=50,
            deadline=None,
            database=None,
            print_blob=True,
            report_multiple_bugs=False,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        ),
    )
    return tally


def test_nothing_is_lost_and_nothing_comes_twice() -> None:
    simulate(int(CHOSEN or 1), runs=200)


@pytest.mark.slow
def test_nothing_is_lost_and_nothing_comes_twice_at_length() -> None:
    assert simulate(int(CHOSEN or secrets.randbelow(2**32)), runs=1_600).steps >= STEPS
