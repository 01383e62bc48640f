"""What an answer does beside its text, as lines.

It must never decide what a state means: `tek_chat` has the rules and the words.
"""

from collections.abc import Sequence

from tek_chat.view import wording
from tek_chat.view.steps import OVER, Approval, Checklist, Consent, Process, Run, Step, Todo, Tool

_LONGEST = 200
"""Characters of what a tool was given or gave."""

_OUTPUT_LINES = 10
"""The last lines of what a program wrote."""

_INDENT = "    "


def lines_of(step: Step, approve_hint: str = "") -> list[str]:
    """Return the lines for a step whose state is new; `approve_hint` says how it is answered."""
    mark = wording.mark(step)
    head = f"{mark.icon} {wording.titled(step)}: {mark.text}"
    match step:
        case Tool():
            is_over = step.state in OVER
            return [_joined(head, step.result if is_over else step.input)]
        case Process(state=Run.DONE | Run.FAILED):
            output = step.output.splitlines()[-_OUTPUT_LINES:]
            return [head, *(f"{_INDENT}{line}" for line in output)]
        case Approval(state=Consent.PENDING):
            return [_joined(_joined(head, step.reason), step.input, hint=approve_hint)]
        case Checklist(state=Consent.PENDING):
            points = ((wording.mark(point), point.text) for point in step.points)
            told = (f"{_INDENT}{mark.icon} {text}: {mark.text}" for mark, text in points)
            return [_joined(head, "", hint=approve_hint), *told]
        case _:
            return [head]


def todo_lines(before: Sequence[Todo], todos: Sequence[Todo]) -> list[str]:
    """Return the lines for the to-dos that are new or have come further."""
    new = [each for each in todos if each not in before]
    return [f"{wording.mark(each).icon} {wording.mark(each).text}: {each.text}" for each in new]


def _joined(head: str, detail: str, *, hint: str = "") -> str:
    line = " ".join(detail.split())
    short = line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"
    return " · ".join(filter(None, [head, short, hint]))
