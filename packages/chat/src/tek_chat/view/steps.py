"""What an answer does beside its text: tools, what it asks for, programs, and its to-dos.

Pure: values only. Every text is bounded by whoever makes one, and says itself what it leaves out.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias


class Run(StrEnum):
    """How far a tool or a program has come."""

    RUNNING = "running"
    WAITING = "waiting"  # for a person's yes
    DONE = "done"
    FAILED = "failed"
    CUT = "cut"  # denied, or the answer ended first


OVER = frozenset({Run.DONE, Run.FAILED})
"""The gateway has said how it went."""


class Consent(StrEnum):
    """What became of a question to the user."""

    PENDING = "pending"
    ONCE = "once"
    SESSION = "session"
    ACCEPTED = "accepted"  # of a checklist
    DENIED = "denied"
    ELSEWHERE = "elsewhere"  # another client has answered it
    LAPSED = "lapsed"  # the answer ended first


DECIDED = frozenset({Consent.ONCE, Consent.SESSION, Consent.ACCEPTED, Consent.DENIED})
"""What a user can have said."""


class Progress(StrEnum):
    """How far a to-do has come."""

    OPEN = "open"
    DOING = "doing"
    DONE = "done"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Tool:
    """A call of a tool; `result` is what went wrong if it has failed."""

    id: str
    name: str = ""
    input: str = ""
    state: Run = Run.RUNNING
    result: str = ""


@dataclass(frozen=True, slots=True)
class Approval:
    """A question whether a tool may run. `call` is the id of its call, where that is known."""

    id: str
    tool: str = ""
    input: str = ""
    reason: str = ""
    state: Consent = Consent.PENDING
    call: str = ""


@dataclass(frozen=True, slots=True)
class Point:
    """A line of a checklist."""

    text: str
    is_met: bool = False


@dataclass(frozen=True, slots=True)
class Checklist:
    """What the gateway has looked at before it begins, and asks the user to confirm."""

    id: str
    title: str = ""
    points: tuple[Point, ...] = ()
    state: Consent = Consent.PENDING


@dataclass(frozen=True, slots=True)
class Process:
    """A program that the gateway runs; of a long `output` the end, without `left_out` characters.

    `id` may be "".
    """

    id: str
    command: str = ""
    output: str = ""
    left_out: int = 0
    exit_code: int | None = None
    state: Run = Run.RUNNING


@dataclass(frozen=True, slots=True)
class Todo:
    """A line of what the model has set out to do."""

    text: str
    state: Progress = Progress.OPEN


Question: TypeAlias = Approval | Checklist
"""What waits for the user while it is pending."""

Step: TypeAlias = Tool | Process | Question
