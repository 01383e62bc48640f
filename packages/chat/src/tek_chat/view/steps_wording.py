"""How the steps of an answer read: tools, approvals, checklists, processes and to-dos."""

from dataclasses import dataclass

from tek_chat.view.steps import (
    Approval,
    Checklist,
    Consent,
    Point,
    Process,
    Progress,
    Run,
    Step,
    Todo,
)


@dataclass(frozen=True, slots=True)
class Mark:
    """A state that can be recognized without its colour."""

    icon: str
    text: str

    def __str__(self) -> str:
        """Return icon and text, as a terminal shows them."""
        return f"{self.icon} {self.text}"


_RUNS = {
    Run.RUNNING: Mark("▸", "running"),
    Run.WAITING: Mark("?", "waiting for your approval"),
    Run.DONE: Mark("✓", "done"),
    Run.FAILED: Mark("✕", "failed"),
    Run.CUT: Mark("·", "did not finish"),
}

_APPROVALS = {
    Consent.PENDING: Mark("?", "Allow it to run?"),
    Consent.ONCE: Mark("✓", "allowed once"),
    Consent.SESSION: Mark("✓", "allowed in this session"),
    Consent.ACCEPTED: Mark("✓", "allowed"),
    Consent.DENIED: Mark("✕", "denied"),
    Consent.ELSEWHERE: Mark("·", "answered elsewhere"),
    Consent.LAPSED: Mark("·", "question withdrawn"),
}

_CHECKLISTS = _APPROVALS | {
    Consent.PENDING: Mark("?", "Go ahead?"),
    Consent.ACCEPTED: Mark("✓", "accepted"),
    Consent.DENIED: Mark("✕", "declined"),
}

_TODOS = {
    Progress.OPEN: Mark("○", "to do"),
    Progress.DOING: Mark("▸", "in progress"),
    Progress.DONE: Mark("✓", "done"),
    Progress.DROPPED: Mark("·", "dropped"),
}


def mark(each: Step | Point | Todo) -> Mark:
    """Return how the state of a step, or of a line of a list, reads."""
    match each:
        case Process(state=Run.DONE | Run.FAILED as state, exit_code=int(code)):
            return Mark(_RUNS[state].icon, f"exit code {code}")
        case Approval(state=state):
            return _APPROVALS[state]
        case Checklist(state=state):
            return _CHECKLISTS[state]
        case Point(is_met=is_met):
            return Mark("✓", "ok") if is_met else Mark("✕", "not met")
        case Todo(state=state):
            return _TODOS[state]
        case _:
            return _RUNS[each.state]


def titled(step: Step) -> str:
    """Return what a step is called."""
    match step:
        case Approval(tool=name):
            return name or "a tool"
        case Checklist(title=title):
            return title or "Before it starts"
        case Process(command=command, id=name):
            return command or name or "a program"
        case _:
            return step.name or step.id or "a tool"


def output(process: Process) -> str:
    """Return the output of a program as far as it is kept."""
    if not process.left_out:
        return process.output
    return f"{process.left_out:,} characters before this are hidden …{process.output}"
