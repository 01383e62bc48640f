"""The steps and to-dos of an answer as lines. Rules and wording are those of `tek_chat`. Pure."""

from collections.abc import Sequence

from tek_chat.view import steps_wording
from tek_chat.view.steps import OVER, Approval, Checklist, Consent, Process, Run, Step, Todo, Tool

_LONGEST = 200
"""Characters of the input or output of a tool."""

_OUTPUT_LINES = 10
"""Lines shown of the output of a process: the last ones."""

_INDENT = "    "


def lines_of(step: Step, approve_hint: str = "") -> list[str]:
    """Return the lines for a step with a new state; `approve_hint` says how to reply to it."""
    mark = steps_wording.mark(step)
    head = f"{mark.icon} {steps_wording.titled(step)}: {mark.text}"
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
            points = ((steps_wording.mark(point), point.text) for point in step.points)
            lines = (f"{_INDENT}{mark.icon} {text}: {mark.text}" for mark, text in points)
            return [_joined(head, "", hint=approve_hint), *lines]
        case _:
            return [head]


def todo_lines(before: Sequence[Todo], todos: Sequence[Todo]) -> list[str]:
    """Return the lines for to-dos that are new or have changed state."""
    new = [each for each in todos if each not in before]
    return [
        f"{steps_wording.mark(each).icon} {steps_wording.mark(each).text}: {each.text}"
        for each in new
    ]


def _joined(head: str, detail: str, *, hint: str = "") -> str:
    line = " ".join(detail.split())
    short = line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"
    return " · ".join(filter(None, [head, short, hint]))
