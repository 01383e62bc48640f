"""The items of a transcript: exchanges of a message and its answer, and notices."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from tek_chat.view.steps import Step, Todo
from tek_protocol import chat


class Delivery(StrEnum):
    """How far a user's message has come."""

    QUEUED = "queued"  # in the outbox, never written
    SENT = "sent"  # written to the connection and not acknowledged
    ACCEPTED = "accepted"  # the gateway has it
    ANSWERED = "answered"
    UNCERTAIN = "uncertain"  # the connection was lost after it was sent
    FAILED = "failed"  # refused or set aside; `problem` says why


UNANSWERED = frozenset({Delivery.SENT, Delivery.ACCEPTED})
"""The gateway may still answer."""

PENDING = UNANSWERED | {Delivery.QUEUED}
"""Something will still happen by itself."""

WAITING = PENDING - {Delivery.ACCEPTED}
"""The gateway has not acknowledged it yet."""

LOGGED = frozenset({Delivery.ACCEPTED, Delivery.ANSWERED})
"""The gateway has acknowledged it."""

ASIDE = frozenset({Delivery.UNCERTAIN, Delivery.FAILED})
"""Only the user can have it sent again."""


class Ending(StrEnum):
    """Whether an answer is whole."""

    GROWING = "growing"
    COMPLETE = "complete"
    STOPPED = "stopped"  # by a user; the text so far is kept
    INTERRUPTED = "interrupted"  # the connection was lost; the text so far is kept
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to the message `request_id` so far.

    `steps` are what the gateway did beside the text, in order of arrival, and `todos` its current
    plan.
    """

    request_id: str
    text: str = ""
    reasoning: str = ""
    model: str = ""
    sources: tuple[chat.Source, ...] = ()
    usage: chat.Usage = field(default_factory=chat.Usage)
    cost: chat.Cost = field(default_factory=chat.Cost)
    ending: Ending = Ending.GROWING
    steps: tuple[Step, ...] = ()
    todos: tuple[Todo, ...] = ()


@dataclass(frozen=True, slots=True)
class Exchange:
    """A message of the user and, once it has ended, the answer to it."""

    id: str
    text: str
    delivery: Delivery = Delivery.QUEUED
    problem: str = ""
    answer: Answer | None = None


class Kind(StrEnum):
    """What a notice is about."""

    SESSION_LOST = "session-lost"  # a divider; the new session does not contain what is above
    ERROR = "error"
    UNKNOWN = "unknown"  # a message that this version does not understand


@dataclass(frozen=True, slots=True)
class Notice:
    """A line between messages; `times` counts equal ones in a row."""

    kind: Kind
    text: str
    times: int = 1


Item: TypeAlias = Exchange | Notice
