"""The text of what belongs to an answer besides its own text: reasoning, steps, to-dos, sources.

Pure. The words for each state are in `tek_chat.view.wording`.
"""

from collections.abc import Mapping

from tek_chat import Answer, Approval, Checklist, Consent, Ending, Process, Step, Todo, Tool
from tek_chat.view import steps_wording, wording
from tek_chat.view.control_characters import clean

KEYS: Mapping[type, str] = {
    Approval: "F2 allow once · F3 allow for this session · F4 deny",
    Checklist: "F2 go ahead · F4 cancel",
}


def reasoning_text(text: str) -> str:
    """Return the reasoning; its first line says how long it is."""
    count = len(text.split())
    words = "1 word" if count == 1 else f"{count:,} words"
    return clean(f"▸ Reasoning ({words}) · Ctrl+T shows it\n{text.strip()}")


def todo_lines(todos: tuple[Todo, ...]) -> str:
    """Return the to-dos, a line each."""
    return clean("\n".join(f"{steps_wording.mark(each).icon} {each.text}" for each in todos))


def is_pending(step: Step) -> bool:
    """Return whether `step` waits for the user's answer."""
    return isinstance(step, Approval | Checklist) and step.state is Consent.PENDING


def step_text(step: Step) -> str:
    """Return a step: its title and state in the first line, then its details."""
    mark = steps_wording.mark(step)
    head = f"{mark.icon} {steps_wording.titled(step)} · {mark.text}"
    keys = KEYS.get(type(step), "") if is_pending(step) else ""
    return clean("\n".join(filter(None, [head, *_details(step), keys])))


def source_lines(answer: Answer) -> str:
    """Return the sources of an answer, a line each."""
    lines = (
        f"[{number}] {' · '.join(filter(None, [each.title, each.url]))}"
        for number, each in enumerate(answer.sources, start=1)
    )
    return clean("\n".join(lines))


def footer(answer: Answer, paused: str = "") -> str:
    """Return the line below an answer; it has one in every state, so that nothing moves."""
    growing = f"{wording.DOWN} {paused}" if paused else "…"
    is_growing = answer.ending is Ending.GROWING
    state = growing if is_growing else wording.early_end_mark(answer)
    parts = [state, wording.consumed(answer)]
    return clean(" · ".join(filter(None, parts)))


def _details(step: Step) -> list[str]:
    match step:
        case Tool(input=given, result=result):
            return [given, result]
        case Approval(input=given, reason=reason):
            return [reason, given]
        case Checklist(points=points):
            return [f"{steps_wording.mark(each)} · {each.text}" for each in points]
        case Process():
            return [steps_wording.output(step)]
