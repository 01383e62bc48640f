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
    index = _latest_index(answer.steps, lambda each: _is_pending(each) and each.id == name)
    if index is None:
        return answer
    return replace(
        answer, steps=_consistent(_put(answer.steps, index, _in(answer.steps[index], state)))
    )


def unconfirmed(answer: Answer) -> Answer:
    """Reopen the latest decided questions that nothing followed: the decision may be lost."""
    steps = answer.steps
    over = _calls_over(steps)
    for index in reversed(range(len(steps))):
        step = steps[index]
        if not isinstance(step, Approval | Checklist):
            break
        if step.state in DECIDED and over.isdisjoint(_calls(step)):
            steps = _put(steps, index, _in(step, Consent.PENDING))
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


def _called(steps: _Steps, update: Tool) -> _Steps:
    index = _latest_index(steps, lambda each: _is_same_call(each, update))
    if index is None and update.state is not Run.RUNNING:
        index = _latest_index(steps, lambda each: _may_be_same_call(each, update))
    former = None if index is None else steps[index]
    if not isinstance(former, Tool):
        return _put(steps, None, update)
    is_late = former.state in OVER and update.state is Run.RUNNING
    tool = Tool(
        former.id or update.id,
        former.name or update.name,
        update.input or former.input,
        former.state if is_late else update.state,
        update.result or former.result,
    )
    return _put(steps, index, tool)


def _run(steps: _Steps, update: Process) -> _Steps:
    index = _latest_index(steps, lambda each: _is_same_process(each, update))
    former = None if index is None else steps[index]
    if not isinstance(former, Process):
        return _put(steps, None, update)
    output, left_out = update.output, update.left_out
    if not _repeats_output(former, update):
        output, left_out = former.output + output, former.left_out + left_out
    too_much = max(0, len(output) - LONGEST_TEXT)
    process = Process(
        former.id or update.id,
        former.command or update.command,
        output[too_much:],
        left_out + too_much,
        former.exit_code if update.exit_code is None else update.exit_code,
        former.state if update.state is Run.RUNNING else update.state,
    )
    return _put(steps, index, process)


def _repeats_output(former: Process, update: Process) -> bool:
    """Return whether the last message of a program repeats its whole output."""
    if update.state is Run.RUNNING or not update.output:
        return False
    return update.output.startswith(former.output) or former.output.endswith(update.output)


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


def _latest_index(steps: _Steps, fits: Callable[[Step], bool]) -> int | None:
    """Return the index of the latest step that fits."""
    return next((at for at in reversed(range(len(steps))) if fits(steps[at])), None)


def _put(steps: _Steps, index: int | None, step: Step) -> _Steps:
    return (*steps, step) if index is None else (*steps[:index], step, *steps[index + 1 :])


def _in(step: Step, state: Consent) -> Step:
    return replace(step, state=state) if isinstance(step, Approval | Checklist) else step


def _is_pending(step: Step) -> bool:
    return isinstance(step, Approval | Checklist) and step.state is Consent.PENDING


def _question(steps: _Steps, update: Question) -> int | None:
    return _latest_index(steps, lambda each: type(each) is type(update) and each.id == update.id)


def _calls(approval: Question) -> frozenset[str]:
    """Return the ids that the call of this question may have."""
    call = approval.call if isinstance(approval, Approval) else ""
    return frozenset({approval.id, call} - {""})


def _calls_over(steps: _Steps) -> frozenset[str]:
    tools = (each for each in steps if isinstance(each, Tool) and each.state in OVER)
    return frozenset(each.id for each in tools)


def _is_same_call(step: Step, update: Tool) -> bool:
    return isinstance(step, Tool) and step.id == update.id != ""


def _may_be_same_call(step: Step, update: Tool) -> bool:
    """Return whether a result without an id may be that of the call, by its name."""
    if not isinstance(step, Tool) or step.state in OVER or (step.id and update.id):
        return False
    return step.name == update.name or "" in {step.name, update.name}


def _is_same_process(step: Step, update: Process) -> bool:
    if not isinstance(step, Process):
        return False
    if step.id and update.id:
        return step.id == update.id
    is_named = bool(step.command and update.command)
    return step.state is Run.RUNNING and (not is_named or step.command == update.command)
