"""What an answer does beside its text: reasoning, tools, programs, questions, to-dos.

It must never decide what a state means: `tek_chat.words` does.
"""

from collections.abc import Mapping

from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from tek_chat import (
    Answer,
    Approval,
    Checklist,
    Consent,
    Process,
    Step,
    Todo,
    Tool,
    words,
)
from tek_cli.tui.clean import clean

KEYS: Mapping[type, str] = {
    Approval: "F2 once · F3 for this session · F4 no",
    Checklist: "F2 go ahead · F4 no",
}


class Beside(Vertical):
    """Draws all of it; empty, it takes no room."""

    def __init__(self) -> None:
        super().__init__()
        self._drawn = Answer("")
        self._reasoning: Static | None = None
        self._steps: list[Static] = []
        self._todos: Static | None = None

    async def draw(self, answer: Answer) -> None:
        """Show what is beside the text of `answer`, as far as it is not shown yet."""
        last, self._drawn = self._drawn, answer
        if answer.reasoning != last.reasoning:
            await self._draw_reasoning(answer.reasoning)
        if answer.steps is not last.steps:
            await self._draw_steps(last.steps, answer.steps)
        if answer.todos is not last.todos:
            await self._draw_todos(answer.todos)

    async def _draw_reasoning(self, text: str) -> None:
        if self._reasoning is None:
            self._reasoning = Static(classes="reasoning")
            await self.mount(self._reasoning, before=0)
        self._reasoning.update(Content(thought(text)))

    async def _draw_steps(self, last: tuple[Step, ...], steps: tuple[Step, ...]) -> None:
        for widget in self._steps[len(steps) :]:
            await widget.remove()
        del self._steps[len(steps) :]
        for place, step in enumerate(steps):
            if place == len(self._steps):
                self._steps.append(Static(classes="step"))
                await self.mount(self._steps[place], before=self._todos)
            elif step is last[place]:
                continue
            self._steps[place].update(Content(step_text(step)))
            self._steps[place].set_class(is_pending(step), "-pending")

    async def _draw_todos(self, todos: tuple[Todo, ...]) -> None:
        if self._todos is None:
            self._todos = Static(classes="todos")
            await self.mount(self._todos)
        self._todos.update(Content(todo_lines(todos)))


def thought(text: str) -> str:
    """Return what was thought; how much it is stands in the first line."""
    return clean(f"▸ thought, {len(text.split()):,} words · Ctrl+T shows it\n{text.strip()}")


def todo_lines(todos: tuple[Todo, ...]) -> str:
    """Return the plan, a line each."""
    return clean("\n".join(f"{words.mark(each).icon} {each.text}" for each in todos))


def is_pending(step: Step) -> bool:
    """Return whether `step` waits for the user."""
    return isinstance(step, Approval | Checklist) and step.state is Consent.PENDING


def step_text(step: Step) -> str:
    """Return a step: in the first line what it is and how it stands, then the details."""
    mark = words.mark(step)
    head = f"{mark.icon} {words.titled(step)} · {mark.text}"
    keys = KEYS.get(type(step), "") if is_pending(step) else ""
    return clean("\n".join(filter(None, [head, *_details(step), keys])))


def _details(step: Step) -> list[str]:
    match step:
        case Tool(input=given, result=result):
            return [given, result]
        case Approval(input=given, reason=reason):
            return [reason, given]
        case Checklist(points=points):
            return [f"{words.mark(each)} · {each.text}" for each in points]
        case Process():
            return [words.output(step)]
