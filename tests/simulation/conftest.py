"""Report how much was simulated, and with which seed, after the run."""

import pytest

from tek_testing.simulation.state_machine import Simulation


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print a line for every simulation."""
    for seed, tally in Simulation.tallies:
        terminalreporter.write_line(f"simulated with seed {seed}: {tally}")
