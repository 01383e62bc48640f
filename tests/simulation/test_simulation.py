"""Nothing lost, nothing twice, nothing out of order, whatever dies and whenever."""

import os

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from simulated.machine import Simulation

SEED = int(os.environ.get("TEK_SIMULATION_SEED", "1"))


def simulate(number: int, runs: int) -> None:
    machine = seed(number)(type(f"Seed{number}", (Simulation,), {}))
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=runs,
            stateful_step_count=50,
            deadline=None,
            database=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_nothing_is_lost_and_nothing_comes_twice() -> None:
    simulate(SEED, int(os.environ.get("N", "60")))
    print(Simulation.tally)
