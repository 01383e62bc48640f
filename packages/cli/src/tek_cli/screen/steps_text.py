"""What an answer does beside its text, in words: reasoning, tools, programs, questions, to-dos.

Pure. It must never decide what a state means: `tek_chat.view.wording` does.
"""

from collections.abc import Mapping

from tek_chat import Answer, Approval, Checklist, Consent, Ending, Process, Step, Todo, Tool
from tek_chat.view import wording
from tek_cli.screen.clean import clean
from tek_cli.screen.usage_text import used

KEYS: Mapping[type, str] = {
    Approval: "F2 once · F3 for this session · F4 no",
    Checklist: "F2 go ahead · F4 no",
}


def thought(text: str) -> str:
    """Return what was thought; how much it is stands in the first line."""
    return clean(f"▸ thought, {len(text.split()):,} words · Ctrl+T shows it\n{text.strip()}")


def todo_lines(todos: tuple[Todo, ...]) -> str:
    """Return the plan, a line each."""
    return clean("\n".join(f"{wording.mark(each).icon} {each.text}" for each in todos))


def is_pending(step: Step) -> bool:
    """Return whether `step` waits for the user."""
    return isinstance(step, Approval | Checklist) and step.state is Consent.PENDING


def step_text(step: Step) -> str:
    """Return a step: in the first line what it is and how it stands, then the details."""
    mark = wording.mark(step)
    head = f"{mark.icon} {wording.titled(step)} · {mark.text}"
    keys = KEYS.get(type(step), "") if is_pending(step) else ""
    return clean("\n".join(filter(None, [head, *_details(step), keys])))


def sources(answer: Answer) -> str:
    """Return where an answer is from, a line each."""
    lines = (
        f"[{number}] {' · '.join(filter(None, [each.title, each.url]))}"
        for number, each in enumerate(answer.sources, start=1)
    )
    return clean("\n".join(lines))


def foot(answer: Answer, paused: str = "") -> str:
    """Return the one line below an answer, whatever becomes of it: nothing moves."""
    state = {
        Ending.GROWING: f"{wording.DOWN} {paused}" if paused else "…",
        Ending.COMPLETE: "",
        Ending.STOPPED: "■ stopped",
        Ending.INTERRUPTED: f"{wording.STOPPED} {wording.cut(answer)}",
        Ending.FAILED: f"{wording.STOPPED} failed",
    }[answer.ending]
    parts = [state, answer.model, used(answer.usage, answer.cost)]
    return clean(" · ".join(filter(None, parts)))


def _details(step: Step) -> list[str]:
    match step:
        case Tool(input=given, result=result):
            return [given, result]
        case Approval(input=given, reason=reason):
            return [reason, given]
        case Checklist(points=points):
            return [f"{wording.mark(each)} · {each.text}" for each in points]
        case Process():
            return [wording.output(step)]
