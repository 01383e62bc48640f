"""The checker: what became of each message, judged from outside the clients and the gateway.

It knows what was typed, what each viewer showed, and what the echo model answers. It shares no
code with the clients or the gateway: a bug of theirs would hide in both.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from tek_testing.checkers.shown_session import ShownMessage, ShownSession

__all__ = [
    "Findings",
    "ShownMessage",
    "ShownSession",
    "Typed",
    "check",
    "expected_answer",
    "read_screen",
]

_DELAY = re.compile(r"/delay\s+\d+\s+")
_COUNT = re.compile(r"/count\s+(\d+)\s*")


@dataclass(frozen=True, slots=True)
class Typed:
    """A message that a user submitted at `client`; no two have the same answer.

    `is_firm` says that the client has shown it as queued and may not lose it any more. A message
    typed at the moment of a kill may be lost.
    """

    client: str
    text: str
    is_firm: bool = True


@dataclass(frozen=True, slots=True)
class Findings:
    """What went wrong, one sentence for each fault."""

    lost: Sequence[str] = ()
    doubled: Sequence[str] = ()
    reordered: Sequence[str] = ()
    unfinished: Sequence[str] = ()
    wrong: Sequence[str] = ()

    @property
    def is_clean(self) -> bool:
        """Whether nothing went wrong."""
        return not any(self.by_kind.values())

    @property
    def by_kind(self) -> dict[str, Sequence[str]]:
        """The findings by kind."""
        kinds = ("lost", "doubled", "reordered", "unfinished", "wrong")
        return {kind: getattr(self, kind) for kind in kinds}

    def __str__(self) -> str:
        """Return one line for each finding, or `nothing`."""
        found = (f"{kind}: {each}" for kind, several in self.by_kind.items() for each in several)
        return "\n".join(found) or "nothing"


@dataclass(slots=True)
class _Notes:
    lost: list[str] = field(default_factory=list[str])
    doubled: list[str] = field(default_factory=list[str])
    reordered: list[str] = field(default_factory=list[str])
    unfinished: list[str] = field(default_factory=list[str])
    wrong: list[str] = field(default_factory=list[str])


def expected_answer(prompt: str) -> str:
    """Return what the echo model answers: the numbers up to N to `/count N`, else the prompt."""
    spoken = _DELAY.sub("", prompt, count=1) if _DELAY.match(prompt) else prompt
    if counted := _COUNT.fullmatch(spoken):
        return " ".join(map(str, range(1, int(counted[1]) + 1)))
    return spoken


def read_screen(viewer: str, screen: str, typed: Iterable[Typed]) -> ShownSession:
    """Return the session that `screen` shows, which has one answer on each line."""
    asked = {expected_answer(each.text): each.text for each in typed}
    lines = [line for line in screen.splitlines() if line]
    return ShownSession(
        viewer, tuple(ShownMessage(asked.get(line, ""), "answered", line) for line in lines)
    )


def check(typed: Sequence[Typed], pictures: Iterable[ShownSession]) -> Findings:
    """Return what is wrong with `pictures`, each of which should show everything that was typed.

    A picture that is not whole is checked for order and for its own faults only.

    Raises `ValueError` if two messages have the same answer.
    """
    answers = Counter(expected_answer(each.text) for each in typed)
    if alike := [answer for answer, times in answers.items() if times > 1]:
        message = f"answered alike: {alike}"
        raise ValueError(message)
    notes = _Notes()
    for picture in pictures:
        notes.lost += (f"{picture.viewer}: {each}" for each in picture.lost)
        notes.doubled += (f"{picture.viewer}: {each}" for each in picture.doubled)
        _check_order(typed, picture, notes)
        if picture.is_whole:
            _check_presence(typed, picture, notes)
            _check_answers(typed, picture, notes)
    kinds = (notes.lost, notes.doubled, notes.reordered, notes.unfinished, notes.wrong)
    return Findings(*map(tuple, kinds))


def _check_presence(typed: Sequence[Typed], picture: ShownSession, notes: _Notes) -> None:
    times = Counter(each.text for each in picture.messages)
    for each in typed:
        if not times[each.text] and each.is_firm:
            notes.lost.append(f"{picture.viewer} does not show {each.text!r} of {each.client}")
        if times[each.text] > 1:
            told = f"{picture.viewer} shows {each.text!r} {times[each.text]} times"
            notes.doubled.append(told)


def _check_order(typed: Sequence[Typed], picture: ShownSession, notes: _Notes) -> None:
    """Check that each client's messages are in the order in which they were typed there."""
    for client in sorted({each.client for each in typed}):
        own = [each.text for each in typed if each.client == client]
        places = {text: place for place, text in enumerate(own)}
        shown = [each.text for each in picture.messages if each.text in places]
        for before, after in pairwise(dict.fromkeys(shown)):
            if places[before] > places[after]:
                told = f"{picture.viewer} shows {before!r} before {after!r}"
                notes.reordered.append(told)


def _check_answers(typed: Sequence[Typed], picture: ShownSession, notes: _Notes) -> None:
    known = {each.text for each in typed}
    for shown in picture.messages:
        if shown.text not in known:
            told = shown.text or shown.answer
            notes.wrong.append(f"{picture.viewer} shows {told!r}, which nobody asked for")
        elif shown.state != "answered":
            notes.unfinished.append(f"{picture.viewer}: {shown.text!r} is {shown.state}")
        elif shown.answer != (expected := expected_answer(shown.text)):
            at = _differs_at(shown.answer, expected)
            told = f"{shown.answer[at : at + 40]!r} at {at} instead of {expected[at : at + 40]!r}"
            notes.wrong.append(f"{picture.viewer}: {shown.text!r} is answered with {told}")


def _differs_at(shown: str, expected: str) -> int:
    both = zip(shown, expected, strict=False)
    shorter = min(len(shown), len(expected))
    return next((at for at, (one, other) in enumerate(both) if one != other), shorter)
