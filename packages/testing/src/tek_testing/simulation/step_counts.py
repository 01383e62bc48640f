"""Counts of what was simulated, and a log handler that notes unexpected errors."""

import logging
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

_EXPECTED = ("the store failed", "the disk is full", "the model failed")


@dataclass(slots=True)
class StepCounts:
    """Counts over all runs of a simulation.

    A step is one rule of the state machine; a move is one frame, commit or read within a step.
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
        """Return the counts as a sentence."""
        return (
            f"{self.steps} steps ({self.moves} moves) in {self.runs} runs:"
            f" {self.gateway_ends} ends of a gateway, {self.client_crashes} crashes of a client,"
            f" {self.cuts} cuts, {self.losses} losses of data; {self.messages} messages,"
            f" {self.answers} answers"
        )


class Alarm(logging.Handler):
    """A log handler that records every error that the simulation did not cause."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.rung: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Record one error."""
        if not any(each in str(record.msg) for each in _EXPECTED):
            self.rung.append(record.getMessage())


@contextmanager
def heard_alone(alarm: Alarm) -> Generator[None]:
    """Make `alarm` the only handler of the root logger."""
    root = logging.getLogger()
    former, heard = root.handlers, list[logging.Handler]([alarm])
    root.handlers = heard
    try:
        yield
    finally:
        root.handlers = former
