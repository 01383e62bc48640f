"""What a transcript consists of: messages of the user, answers to them, and notices.

Pure: values only. It must never hold anything that a toolkit has made.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from tek_chat.view.steps import Step, Todo
from tek_protocol import chat


class Delivery(StrEnum):
    """How far a message of the user has come."""

    QUEUED = "queued"  # in the outbox, never written
    SENT = "sent"  # written; nobody knows yet whether it arrived
    ACCEPTED = "accepted"  # the gateway has it
    ANSWERED = "answered"
    UNCERTAIN = "uncertain"  # written, and the connection lost before any answer
    FAILED = "failed"  # refused or set aside; `problem` says why


UNANSWERED = frozenset({Delivery.SENT, Delivery.ACCEPTED})
"""The gateway may still answer."""

PENDING = UNANSWERED | {Delivery.QUEUED}
"""Something will still happen by itself."""

WAITING = PENDING - {Delivery.ACCEPTED}
"""The gateway does not say yet that it has it."""

LOGGED = frozenset({Delivery.ACCEPTED, Delivery.ANSWERED})
"""The gateway has it, without a doubt."""

ASIDE = frozenset({Delivery.UNCERTAIN, Delivery.FAILED})
"""The user decides: again, or not."""


class Ending(StrEnum):
    """Whether an answer is whole."""

    GROWING = "growing"
    COMPLETE = "complete"
    STOPPED = "stopped"  # on a user's word; the text up to there stands
    INTERRUPTED = "interrupted"  # the connection was lost; the text up to there stands
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the gateway has said so far to the message `request_id`.

    `steps` are what it did beside the text, in the order of arrival, and `todos` its plan as it
    is now.
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

    SESSION_LOST = "session-lost"  # a divider: what is above is not in the new session
    ERROR = "error"
    UNKNOWN = "unknown"  # a message that this version does not understand


@dataclass(frozen=True, slots=True)
class Notice:
    """A line between messages; the same one several times without a message between is one."""

    kind: Kind
    text: str
    times: int = 1


Item: TypeAlias = Exchange | Notice
