"""The steps of an answer: tool calls, questions to the user, programs and to-dos. Pure values.

`steps_parse` limits the length of each text and says how much was left out.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias


class Run(StrEnum):
    """The state of a tool call or a program."""

    RUNNING = "running"
    WAITING = "waiting"  # for the user's approval
    DONE = "done"
    FAILED = "failed"
    CUT = "cut"  # denied, or the answer ended first


OVER = frozenset({Run.DONE, Run.FAILED})
"""The states that the gateway has reported as final."""


class Consent(StrEnum):
    """The state of a question to the user."""

    PENDING = "pending"
    ONCE = "once"
    SESSION = "session"
    ACCEPTED = "accepted"  # of a checklist
    DENIED = "denied"
    ELSEWHERE = "elsewhere"  # answered by another client
    LAPSED = "lapsed"  # the answer ended first


DECIDED = frozenset({Consent.ONCE, Consent.SESSION, Consent.ACCEPTED, Consent.DENIED})
"""The decisions that a user can make."""


class Progress(StrEnum):
    """The state of a to-do."""

    OPEN = "open"
    DOING = "doing"
    DONE = "done"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool call; `result` is the error if it failed."""

    id: str
    name: str = ""
    input: str = ""
    state: Run = Run.RUNNING
    result: str = ""


@dataclass(frozen=True, slots=True)
class Approval:
    """A request to approve a tool call; `call` is the id of that call, "" if unknown."""

    id: str
    tool: str = ""
    input: str = ""
    reason: str = ""
    state: Consent = Consent.PENDING
    call: str = ""


@dataclass(frozen=True, slots=True)
class Point:
    """An item of a checklist."""

    text: str
    is_met: bool = False


@dataclass(frozen=True, slots=True)
class Checklist:
    """The checks that the gateway made before it starts, for the user to confirm."""

    id: str
    title: str = ""
    points: tuple[Point, ...] = ()
    state: Consent = Consent.PENDING


@dataclass(frozen=True, slots=True)
class Process:
    """A program that the gateway runs.

    `output` is its end, after `left_out` characters; `id` may be "".
    """

    id: str
    command: str = ""
    output: str = ""
    left_out: int = 0
    exit_code: int | None = None
    state: Run = Run.RUNNING


@dataclass(frozen=True, slots=True)
class Todo:
    """An item of the model's plan."""

    text: str
    state: Progress = Progress.OPEN


Question: TypeAlias = Approval | Checklist
"""A step that waits for the user while it is pending."""

Step: TypeAlias = Tool | Process | Question
