"""Updates the steps of an answer. Pure.

A change that does not fit the steps of the answer is ignored.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

from tek_chat.view.items import Answer
from tek_chat.view.step_fields import LONGEST_TEXT
from tek_chat.view.steps import (
    DECIDED,
    OVER,
    Approval,
    Checklist,
    Consent,
    Process,
    Question,
    Run,
    Step,
    Tool,
)
from tek_chat.view.steps_parse import Decided, Todos, What

MOST_STEPS = 200
"""Steps of one answer that are kept, the latest."""

_Steps: TypeAlias = tuple[Step, ...]


def after(answer: Answer, what: What) -> Answer:
    """Return the answer with a new or updated step."""
    match what:
        case Todos(todos):
            return replace(answer, todos=todos)
        case Decided(name, state):
            return decided(answer, name, state)
        case Tool():
            steps = _called(answer.steps, what)
        case Process():
            steps = _run(answer.steps, what)
        case Approval() | Checklist():
            steps = _put(answer.steps, _question(answer.steps, what), what)
    return replace(answer, steps=_consistent(steps))


def decided(answer: Answer, name: str, state: Consent) -> Answer:
    """Set the decision of the pending question with that id; any other is unchanged."""
    place = _place(answer.steps, lambda each: _is_pending(each) and each.id == name)
    if place is None:
        return answer
    return replace(
        answer, steps=_consistent(_put(answer.steps, place, _in(answer.steps[place], state)))
    )


def unconfirmed(answer: Answer) -> Answer:
    """Reopen the latest decided questions that nothing followed: the decision may be lost."""
    steps = answer.steps
    over = _calls_over(steps)
    for place in reversed(range(len(steps))):
        step = steps[place]
        if not isinstance(step, Approval | Checklist):
            break
        if step.state in DECIDED and over.isdisjoint(_calls(step)):
            steps = _put(steps, place, _in(step, Consent.PENDING))
    return answer if steps is answer.steps else replace(answer, steps=_consistent(steps))


def settled(answer: Answer) -> Answer:
    """End every open step: the answer has ended, and no decision is awaited."""
    steps = tuple(map(_stopped, answer.steps))
    return answer if steps == answer.steps else replace(answer, steps=steps)


def pending(answer: Answer) -> tuple[Question, ...]:
    """Return the questions that wait for the user, in order."""
    questions = (each for each in answer.steps if isinstance(each, Approval | Checklist))
    return tuple(each for each in questions if each.state is Consent.PENDING)


# ---- One step --------------------------------------------------------------------------------


def _called(steps: _Steps, news: Tool) -> _Steps:
    place = _place(steps, lambda each: _is_same_call(each, news))
    if place is None and news.state is not Run.RUNNING:
        place = _place(steps, lambda each: _may_be_same_call(each, news))
    former = None if place is None else steps[place]
    if not isinstance(former, Tool):
        return _put(steps, None, news)
    is_late = former.state in OVER and news.state is Run.RUNNING
    tool = Tool(
        former.id or news.id,
        former.name or news.name,
        news.input or former.input,
        former.state if is_late else news.state,
        news.result or former.result,
    )
    return _put(steps, place, tool)


def _run(steps: _Steps, news: Process) -> _Steps:
    place = _place(steps, lambda each: _is_same_process(each, news))
    former = None if place is None else steps[place]
    if not isinstance(former, Process):
        return _put(steps, None, news)
    output, left_out = news.output, news.left_out
    if not _repeats_output(former, news):
        output, left_out = former.output + output, former.left_out + left_out
    too_much = max(0, len(output) - LONGEST_TEXT)
    process = Process(
        former.id or news.id,
        former.command or news.command,
        output[too_much:],
        left_out + too_much,
        former.exit_code if news.exit_code is None else news.exit_code,
        former.state if news.state is Run.RUNNING else news.state,
    )
    return _put(steps, place, process)


def _repeats_output(former: Process, news: Process) -> bool:
    """Return whether the last message of a program repeats its whole output."""
    if news.state is Run.RUNNING or not news.output:
        return False
    return news.output.startswith(former.output) or former.output.endswith(news.output)


def _consistent(steps: _Steps) -> _Steps:
    """Bring tools and their approvals to matching states, and drop the oldest steps."""
    asked = {call: each for each in steps if isinstance(each, Approval) for call in _calls(each)}
    over = _calls_over(steps)
    return tuple(_agreeing(each, asked.get(each.id), over) for each in steps[-MOST_STEPS:])


def _agreeing(step: Step, approval: Approval | None, over: frozenset[str]) -> Step:
    match step:
        case Approval(state=Consent.PENDING) if not over.isdisjoint(_calls(step)):
            return replace(step, state=Consent.ELSEWHERE)
        case Tool(state=Run.RUNNING | Run.WAITING | Run.CUT) if approval is not None:
            return replace(step, state=_run_of(approval.state))
        case _:
            return step


def _run_of(consent: Consent) -> Run:
    match consent:
        case Consent.PENDING:
            return Run.WAITING
        case Consent.DENIED | Consent.LAPSED:
            return Run.CUT
        case Consent.ONCE | Consent.SESSION | Consent.ACCEPTED | Consent.ELSEWHERE:
            return Run.RUNNING


def _stopped(step: Step) -> Step:
    match step:
        case Tool(state=Run.RUNNING | Run.WAITING) | Process(state=Run.RUNNING | Run.WAITING):
            return replace(step, state=Run.CUT)
        case Approval(state=Consent.PENDING) | Checklist(state=Consent.PENDING):
            return replace(step, state=Consent.LAPSED)
        case _:
            return step


# ---- Finding steps -------------------------------------------------------------------------------


def _place(steps: _Steps, fits: Callable[[Step], bool]) -> int | None:
    """Return the index of the latest step that fits."""
    return next((at for at in reversed(range(len(steps))) if fits(steps[at])), None)


def _put(steps: _Steps, place: int | None, step: Step) -> _Steps:
    return (*steps, step) if place is None else (*steps[:place], step, *steps[place + 1 :])


def _in(step: Step, state: Consent) -> Step:
    return replace(step, state=state) if isinstance(step, Approval | Checklist) else step


def _is_pending(step: Step) -> bool:
    return isinstance(step, Approval | Checklist) and step.state is Consent.PENDING


def _question(steps: _Steps, news: Question) -> int | None:
    return _place(steps, lambda each: type(each) is type(news) and each.id == news.id)


def _calls(approval: Question) -> frozenset[str]:
    """Return the ids that the call of this question may have."""
    call = approval.call if isinstance(approval, Approval) else ""
    return frozenset({approval.id, call} - {""})


def _calls_over(steps: _Steps) -> frozenset[str]:
    tools = (each for each in steps if isinstance(each, Tool) and each.state in OVER)
    return frozenset(each.id for each in tools)


def _is_same_call(step: Step, news: Tool) -> bool:
    return isinstance(step, Tool) and step.id == news.id != ""


def _may_be_same_call(step: Step, news: Tool) -> bool:
    """Return whether a result without an id may be that of the call, by its name."""
    if not isinstance(step, Tool) or step.state in OVER or (step.id and news.id):
        return False
    return step.name == news.name or "" in {step.name, news.name}


def _is_same_process(step: Step, news: Process) -> bool:
    if not isinstance(step, Process):
        return False
    if step.id and news.id:
        return step.id == news.id
    is_named = bool(step.command and news.command)
    return step.state is Run.RUNNING and (not is_named or step.command == news.command)
