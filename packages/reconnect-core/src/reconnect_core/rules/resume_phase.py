"""The phases of a connection in resume mode, and the table that leads from one to the next.

Pure: values only. `ResumeRules` acts on the table, and the README prints it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

import msgspec

from reconnect_core.events import Received
from reconnect_core.rules.outgoing import LONGEST_SESSION_ID
from tek_protocol import DecodeError, Envelope, decode
from tek_protocol.resume_frames import Resumed

RESUMED = msgspec.json.Decoder(Resumed)


# ---- Phases ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Asking:
    """`session.resume` with this `id` is sent; its answer has not arrived.

    `doubtful` are the ids of messages that a reset made uncertain and that the replay may still
    bring back.
    """

    id: str
    doubtful: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Replaying:
    """The entries after the cursor arrive, up to `head`; `start` is the cursor at the answer."""

    id: str
    head: int
    start: int
    doubtful: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Live:
    """Every entry up to the head is applied, and messages flow both ways."""

    id: str
    start: int


ResumePhase: TypeAlias = Asking | Replaying | Live


# ---- What arrives ------------------------------------------------------------------------------


class Arrival(StrEnum):
    """What a message of the gateway is to a connection in some phase."""

    ANSWER = "`session.resumed`, with entries to come"
    ANSWER_AT_HEAD = "`session.resumed`, with no entries to come"
    OTHER_ANSWER = "`session.resumed` to another request"
    BAD_ANSWER = "`session.resumed` that is unreadable or names no session"
    REJECTION = "`error` to the request to resume"
    EARLY_ENTRY = "any entry"
    ENTRY = "the next entry"
    LAST_ENTRY = "the next entry, which reaches the head"
    REPEATED_ENTRY = "an entry that was applied before"
    GAP = "an entry after a gap"
    SAME_GAP = "an entry after a gap, with none applied since the answer"
    GOAWAY = "`gateway.goaway`"
    OTHER = "any other message"


NEXT_ENTRY = Arrival.ENTRY
"""Nearly every message is one; looking a member up in its enum is slow in Python 3.11."""


def arrival_of(phase: ResumePhase, received: Received, session_id: str, cursor: int) -> Arrival:
    """Return what `received` is to a copy of session `session_id` applied up to `cursor`.

    An entry is the next one if and only if `prev <= cursor < seq`.
    """
    seq, prev = received.envelope.seq, received.envelope.prev
    if seq is None or prev is None:
        return _no_entry(phase, received, session_id, cursor)
    is_next = prev <= cursor < seq
    if is_next and type(phase) is Live:  # First, because nearly every message is such an entry.
        return NEXT_ENTRY
    if isinstance(phase, Asking):
        return Arrival.EARLY_ENTRY
    if is_next:
        is_last = isinstance(phase, Replaying) and seq >= phase.head
        return Arrival.LAST_ENTRY if is_last else NEXT_ENTRY
    if seq <= cursor:
        return Arrival.REPEATED_ENTRY
    return Arrival.SAME_GAP if cursor == phase.start else Arrival.GAP


def _no_entry(phase: ResumePhase, received: Received, session_id: str, cursor: int) -> Arrival:
    match received.envelope.type:
        case "session.resumed":
            return _answer(phase, received, session_id, cursor)
        case "gateway.goaway":
            return Arrival.GOAWAY
        case _:
            return _other(phase, received.envelope)


def _answer(phase: ResumePhase, received: Received, session_id: str, cursor: int) -> Arrival:
    try:
        resumed = decode(received.text, RESUMED)
    except DecodeError:
        return Arrival.BAD_ANSWER
    if not isinstance(phase, Asking) or resumed.request_id != phase.id:
        return Arrival.OTHER_ANSWER
    if not 0 < len(resumed.session_id) <= LONGEST_SESSION_ID:
        return Arrival.BAD_ANSWER
    start = cursor if is_same_copy(resumed, session_id) else 0
    return Arrival.ANSWER if start < resumed.head else Arrival.ANSWER_AT_HEAD


def _other(phase: ResumePhase, envelope: Envelope) -> Arrival:
    is_rejection = envelope.type == "error" and envelope.request_id == phase.id
    return Arrival.REJECTION if is_rejection else Arrival.OTHER


def is_same_copy(resumed: Resumed, session_id: str) -> bool:
    """Return whether the gateway goes on with the log of `session_id` from the cursor."""
    return resumed.outcome == "resumed" and resumed.session_id == session_id


# ---- The table ---------------------------------------------------------------------------------


class Action(StrEnum):
    """What the rules do with what arrives."""

    ADOPT = "adopt the session and the gateway's limits"
    APPLY = "apply it, move the cursor and pass it on"
    ACKNOWLEDGE = "drop it, but take its acknowledgement"
    DROP = "drop it"
    ASK_AGAIN = "drop it, requeue what is in flight and resume from the cursor"
    GIVE_UP = "give the connection up"
    NOTE_GOAWAY = "note when to reconnect"
    SETTLE = "settle the message it answers and pass it on"


@dataclass(frozen=True, slots=True)
class Transition:
    """What is done in one phase with one arrival; `then` is None for the end of the connection."""

    action: Action
    then: type[ResumePhase] | None


def _in(phase: type[ResumePhase], **own: Transition) -> Mapping[Arrival, Transition]:
    """Return the transitions of `phase`: its `own`, and those that every phase has."""
    everywhere = {
        Arrival.OTHER_ANSWER: Transition(Action.DROP, phase),
        Arrival.BAD_ANSWER: Transition(Action.GIVE_UP, None),
        Arrival.REJECTION: Transition(Action.GIVE_UP, None),
        Arrival.GOAWAY: Transition(Action.NOTE_GOAWAY, phase),
        Arrival.OTHER: Transition(Action.SETTLE, phase),
    }
    return {**{Arrival[name]: each for name, each in own.items()}, **everywhere}


TRANSITIONS: Mapping[type[ResumePhase], Mapping[Arrival, Transition]] = {
    Asking: _in(
        Asking,
        ANSWER=Transition(Action.ADOPT, Replaying),
        ANSWER_AT_HEAD=Transition(Action.ADOPT, Live),
        EARLY_ENTRY=Transition(Action.DROP, Asking),
    ),
    Replaying: _in(
        Replaying,
        ENTRY=Transition(Action.APPLY, Replaying),
        LAST_ENTRY=Transition(Action.APPLY, Live),
        REPEATED_ENTRY=Transition(Action.ACKNOWLEDGE, Replaying),
        GAP=Transition(Action.ASK_AGAIN, Asking),
        SAME_GAP=Transition(Action.GIVE_UP, None),
    ),
    Live: _in(
        Live,
        ENTRY=Transition(Action.APPLY, Live),
        REPEATED_ENTRY=Transition(Action.ACKNOWLEDGE, Live),
        GAP=Transition(Action.ASK_AGAIN, Asking),
        SAME_GAP=Transition(Action.GIVE_UP, None),
    ),
}
"""Every phase with all that can arrive in it."""
