"""Parses the messages about tools, questions, programs and to-dos of any gateway. Pure.

The field names vary between gateways, so each has alternatives; a message that cannot be read is
ignored.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from tek_chat.view.step_fields import (
    LONGEST_TEXT,
    Body,
    id_field,
    line_field,
    list_field,
    raw_field,
    small_number,
    text_field,
)
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
    Tool,
)
from tek_protocol import DecodeError, read_object

CONSENT: Mapping[str, Consent] = {
    "once": Consent.ONCE,
    "session": Consent.SESSION,
    "deny": Consent.DENIED,
}
"""The decisions by their names in the protocol."""

_CALL = ("toolCallId", "callId", "id")
_TOOL = ("name", "toolName", "tool")
_INPUT = ("input", "args", "arguments", "params")
_RESULT = ("result", "output", "content")
_PROCESS = ("processId", "subprocessId", "pid", "id")
_COMMAND = ("command", "name")
_OUTPUT = ("output", "text", "chunk", "data", "delta", "stdout", "stderr")

_TICKED = frozenset({"ok", "true", "done", "pass", "passed", "checked", "complete", "completed"})
_PROGRESS = dict.fromkeys(_TICKED, Progress.DONE) | {
    "doing": Progress.DOING,
    "active": Progress.DOING,
    "running": Progress.DOING,
    "in_progress": Progress.DOING,
    "in-progress": Progress.DOING,
    "cancelled": Progress.DROPPED,
    "canceled": Progress.DROPPED,
    "dropped": Progress.DROPPED,
    "skipped": Progress.DROPPED,
}
_ENDS = frozenset({"end", "ended", "exit", "exited", "done", "complete", "completed", "close"})
_FAILS = frozenset({"error", "failed", "failure"})


@dataclass(frozen=True, slots=True)
class Todos:
    """The complete to-do list, which replaces the former one."""

    todos: tuple[Todo, ...]


@dataclass(frozen=True, slots=True)
class Decided:
    """A question was answered, by this client or another."""

    id: str
    state: Consent


What: TypeAlias = Step | Todos | Decided


@dataclass(frozen=True, slots=True)
class StepUpdate:
    """A parsed message about the answer to `request`, None if it does not say."""

    request: str | None
    what: What


def read(kind: str, text: str) -> StepUpdate | None:
    """Return the parsed message of type `kind`, or None if it cannot be read."""
    is_process = kind.startswith("subprocess.")
    reader = _process if is_process else _READERS.get(kind)
    if reader is None:
        return None
    try:
        body = read_object(text)
    except DecodeError:
        return None
    what = reader(body)
    return None if what is None else StepUpdate(id_field(body, "requestId") or None, what)


# ---- The messages ----------------------------------------------------------------------------


def _call(body: Body) -> What | None:
    return _tool(body, Run.RUNNING)


def _result(body: Body) -> What | None:
    return _tool(body, Run.DONE, *_RESULT)


def _error(body: Body) -> What | None:
    return _tool(body, Run.FAILED, "message", "error")


def _tool(body: Body, state: Run, *said: str) -> Tool | None:
    call, name = id_field(body, *_CALL), line_field(body, *_TOOL)
    if not call and not name:
        return None
    return Tool(call, name, text_field(body, *_INPUT), state, text_field(body, *said))


def _approval(body: Body) -> What | None:
    name = id_field(body, "approvalId", "id")
    reason = text_field(body, "reason", "description", "message")
    call = id_field(body, *_CALL[:2])
    asked = Approval(name, line_field(body, *_TOOL), text_field(body, *_INPUT), reason, call=call)
    return asked if name else None


def _approved(body: Body) -> What | None:
    name, decision = id_field(body, "approvalId"), body.get("decision")
    state = CONSENT.get(decision) if isinstance(decision, str) else None
    return Decided(name, state) if name and state else None


def _confirmed(body: Body) -> What | None:
    name, accepted = id_field(body, "checklistId"), body.get("accepted")
    if not name or not isinstance(accepted, bool):
        return None
    return Decided(name, Consent.ACCEPTED if accepted else Consent.DENIED)


def _checklist(body: Body) -> What | None:
    name, points = id_field(body, "checklistId", "id"), list_field(body, _point)
    if not name or points is None:
        return None
    return Checklist(name, line_field(body, "title"), points)


def _point(text: str, body: Body) -> Point:
    marks = (body.get("checked"), body.get("ok"), body.get("status"))
    mark = next((each for each in marks if each is not None), False)
    is_met = mark.lower() in _TICKED if isinstance(mark, str) else mark is True
    return Point(text, is_met)


def _todos(body: Body) -> What | None:
    todos = list_field(body, _todo)
    return None if todos is None else Todos(todos)


def _todo(text: str, body: Body) -> Todo:
    status, is_done = body.get("status"), body.get("done") is True
    if isinstance(status, str):
        return Todo(text, _PROGRESS.get(status.lower(), Progress.OPEN))
    return Todo(text, Progress.DONE if is_done or status is True else Progress.OPEN)


def _process(body: Body) -> What | None:
    step = str(body.get("type", "")).rpartition(".")[2].lower()
    code = next((n for n in map(body.get, ("exitCode", "code")) if type(n) is int), None)
    name, command, output = (
        id_field(body, *_PROCESS),
        line_field(body, *_COMMAND),
        raw_field(body, *_OUTPUT),
    )
    if step in _FAILS or code:
        state, output = Run.FAILED, output or raw_field(body, "message", "error")
    else:
        state = Run.DONE if step in _ENDS or code == 0 else Run.RUNNING
    if not (name or command or output or code is not None):
        return None
    left_out = max(0, len(output) - LONGEST_TEXT)
    return Process(name, command, output[left_out:], left_out, small_number(code), state)


_READERS: Mapping[str, Callable[[Body], What | None]] = {
    "tool.call": _call,
    "tool.result": _result,
    "tool.error": _error,
    "tool.approval.request": _approval,
    "tool.approval.response": _approved,
    "preflight.checklist": _checklist,
    "preflight.response": _confirmed,
    "todo.update": _todos,
}
