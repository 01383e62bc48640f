"""What a gateway sends beside the text of an answer, whatever it calls the fields.

Pure. It must never raise, nor keep more of a message than can be shown: whoever wrote that
gateway may have meant something else, or harm.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias, TypeVar, cast

import msgspec

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

LONGEST_TEXT = 2_000
"""Characters of an input, a result or an output that are kept."""

LONGEST_LINE = 300
"""Characters of a name, a title or one line of a list that are kept."""

LONGEST_ID = 256
"""Characters; a longer id is none, since a shortened one would name something else."""

MOST_LINES = 100
"""Lines of a list that are kept."""

CONSENT: Mapping[str, Consent] = {
    "once": Consent.ONCE,
    "session": Consent.SESSION,
    "deny": Consent.DENIED,
}
"""What a decision means, as it is spelled on the wire."""

L = TypeVar("L")

_Body: TypeAlias = Mapping[str, object]

_CALL = ("toolCallId", "callId", "id")
_TOOL = ("name", "toolName", "tool")
_INPUT = ("input", "args", "arguments", "params")
_RESULT = ("result", "output", "content")
_LIST = ("todos", "items")
_LINE = ("text", "content", "label", "title")
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
    """The whole list of what is to be done, as it is now."""

    todos: tuple[Todo, ...]


@dataclass(frozen=True, slots=True)
class Decided:
    """A question was answered, here or elsewhere."""

    id: str
    state: Consent


What: TypeAlias = Step | Todos | Decided


@dataclass(frozen=True, slots=True)
class News:
    """Something beside the text of the answer to `request`, which may not be named."""

    request: str | None
    what: What


def read(kind: str, text: str) -> News | None:
    """Return what the message of type `kind` says, or None if that cannot be told."""
    is_process = kind.startswith("subprocess.")
    reader = _process if is_process else _READERS.get(kind)
    if reader is None:
        return None
    try:
        body = read_object(text)
    except DecodeError:
        return None
    what = reader(body)
    return None if what is None else News(_id(body, "requestId") or None, what)


def clipped(text: str, longest: int) -> str:
    """Return the beginning of `text`, with a word about the rest if it is longer."""
    left_out = len(text) - longest
    return text if left_out <= 0 else f"{text[:longest]}… and {left_out:,} more characters"


# ---- The messages ----------------------------------------------------------------------------


def _call(body: _Body) -> What | None:
    return _tool(body, Run.RUNNING)


def _result(body: _Body) -> What | None:
    return _tool(body, Run.DONE, *_RESULT)


def _error(body: _Body) -> What | None:
    return _tool(body, Run.FAILED, "message", "error")


def _tool(body: _Body, state: Run, *said: str) -> Tool | None:
    call, name = _id(body, *_CALL), _line(body, *_TOOL)
    if not call and not name:
        return None
    return Tool(call, name, _text(body, *_INPUT), state, _text(body, *said))


def _approval(body: _Body) -> What | None:
    name = _id(body, "approvalId", "id")
    reason = _text(body, "reason", "description", "message")
    call = _id(body, *_CALL[:2])
    asked = Approval(name, _line(body, *_TOOL), _text(body, *_INPUT), reason, call=call)
    return asked if name else None


def _approved(body: _Body) -> What | None:
    name, decision = _id(body, "approvalId"), body.get("decision")
    state = CONSENT.get(decision) if isinstance(decision, str) else None
    return Decided(name, state) if name and state else None


def _confirmed(body: _Body) -> What | None:
    name, accepted = _id(body, "checklistId"), body.get("accepted")
    if not name or not isinstance(accepted, bool):
        return None
    return Decided(name, Consent.ACCEPTED if accepted else Consent.DENIED)


def _checklist(body: _Body) -> What | None:
    name, points = _id(body, "checklistId", "id"), _lines(body, _point)
    if not name or points is None:
        return None
    return Checklist(name, _line(body, "title"), points)


def _point(text: str, body: _Body) -> Point:
    marks = (body.get("checked"), body.get("ok"), body.get("status"))
    mark = next((each for each in marks if each is not None), False)
    is_met = mark.lower() in _TICKED if isinstance(mark, str) else mark is True
    return Point(text, is_met)


def _todos(body: _Body) -> What | None:
    todos = _lines(body, _todo)
    return None if todos is None else Todos(todos)


def _todo(text: str, body: _Body) -> Todo:
    status, is_done = body.get("status"), body.get("done") is True
    if isinstance(status, str):
        return Todo(text, _PROGRESS.get(status.lower(), Progress.OPEN))
    return Todo(text, Progress.DONE if is_done or status is True else Progress.OPEN)


def _process(body: _Body) -> What | None:
    step = str(body.get("type", "")).rpartition(".")[2].lower()
    code = next((n for n in map(body.get, ("exitCode", "code")) if type(n) is int), None)
    name, command, output = _id(body, *_PROCESS), _line(body, *_COMMAND), _raw(body, *_OUTPUT)
    if step in _FAILS or code:
        state, output = Run.FAILED, output or _raw(body, "message", "error")
    else:
        state = Run.DONE if step in _ENDS or code == 0 else Run.RUNNING
    if not (name or command or output or code is not None):
        return None
    left_out = max(0, len(output) - LONGEST_TEXT)
    return Process(name, command, output[left_out:], left_out, _small(code), state)


_READERS: Mapping[str, Callable[[_Body], What | None]] = {
    "tool.call": _call,
    "tool.result": _result,
    "tool.error": _error,
    "tool.approval.request": _approval,
    "tool.approval.response": _approved,
    "preflight.checklist": _checklist,
    "preflight.response": _confirmed,
    "todo.update": _todos,
}


# ---- The fields ------------------------------------------------------------------------------


def _id(body: _Body, *names: str) -> str:
    for value in map(body.get, names):
        if isinstance(value, str) and 0 < len(value) <= LONGEST_ID:
            return value
        if type(value) is int:  # to Python, true is a number
            return str(value)
    return ""


def _line(body: _Body, *names: str) -> str:
    texts = (each for each in map(body.get, names) if isinstance(each, str) and each)
    return clipped(next(texts, ""), LONGEST_LINE)


def _text(body: _Body, *names: str) -> str:
    return clipped(_raw(body, *names), LONGEST_TEXT)


def _raw(body: _Body, *names: str) -> str:
    """Return the first of the fields that is there; what is no text, as JSON."""
    value = next((each for each in map(body.get, names) if each is not None), "")
    if isinstance(value, str):
        return value
    try:
        return msgspec.json.encode(value).decode()
    except (RecursionError, ValueError, OverflowError):
        return "(nested too deeply to be shown)"


def _small(code: int | None) -> int | None:
    return code if code is None or abs(code) < 1 << 32 else None


def _lines(body: _Body, line: Callable[[str, _Body], L]) -> tuple[L, ...] | None:
    """Return the lines of a list, or None if it is none, or one of them cannot be read.

    The last of a list that is too long says how much of it is missing.
    """
    value = next((each for each in map(body.get, _LIST) if each is not None), None)
    if not isinstance(value, list):
        return None
    items = cast("list[object]", value)
    read = [_item(each, line) for each in items[:MOST_LINES]]
    lines = tuple(each for each in read if each is not None)
    if len(lines) < len(read):
        return None
    more = len(items) - len(lines)
    return (*lines, line(f"… and {more:,} more", {})) if more else lines


def _item(value: object, line: Callable[[str, _Body], L]) -> L | None:
    if isinstance(value, str):
        return line(clipped(value, LONGEST_LINE), {}) if value else None
    if not isinstance(value, dict):
        return None
    body = cast("_Body", value)
    text = _line(body, *_LINE)
    return line(text, body) if text else None
