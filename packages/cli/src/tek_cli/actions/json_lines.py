"""A view as JSON Lines, one event per line, for programs.

The types are `connection`, `session`, `message.queued|sent|accepted|uncertain|failed`,
`answer.start|delta|interrupted|resumed|end`, `tool.call|process|approval|checklist|todos`, `error`
and, always last, `end`. Each delta replaces the text from its `offset` (in code points) on; the
result is the text of `answer.end`.

Programs rely on the format: removing a field or changing its meaning needs a new `v`.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from reconnect_core import Phase
from tek_chat import (
    Answer,
    Approval,
    Checklist,
    Delivery,
    Ending,
    Exchange,
    Kind,
    Notice,
    Process,
    Step,
    Tool,
    View,
)
from tek_chat.view.steps import Todo
from tek_cli.actions.ask_outcome import AskOutcome
from tek_cli.terminal.terminal import Terminal
from tek_cli.terminal.written import shared
from tek_protocol import encode

_VERSION = 1
_DELIVERIES = frozenset(Delivery) - {Delivery.ANSWERED}
_WHOLE = frozenset({Ending.COMPLETE, Ending.STOPPED})


@dataclass(slots=True)
class _Reported:
    """What was written of one answer; `is_paused` from its interruption until it continues."""

    text: str = ""
    is_paused: bool = False
    steps: tuple[Step, ...] = ()
    todos: tuple[Todo, ...] = ()


@dataclass(slots=True)
class JsonLines:
    """Writes what is new in each view; `clock` returns Unix seconds."""

    terminal: Terminal
    clock: Callable[[], float] = time.time
    _last: View = field(default_factory=View)
    _delivered: dict[str, Delivery] = field(default_factory=dict[str, Delivery])
    _reported: dict[str, _Reported] = field(default_factory=dict[str, _Reported])
    _noticed: int = 0
    _seq: int = 0

    def draw(self, view: View) -> None:
        """Write what is new in `view`."""
        last, self._last = self._last, view
        if view.items is not last.items:
            self._draw_notices(view)
            for exchange in view.exchanges:
                self._draw_exchange(exchange)
        if view.session_id not in {last.session_id, ""}:
            self._write("session", id=view.session_id)
        if view.growing is not None:
            self._draw_growing(view.growing)
            self._draw_pause(view, view.growing)
        if view.connection != last.connection:
            self._draw_connection(view)

    def end(self, outcome: AskOutcome) -> None:
        """Write the last line, after an `error` if there was a problem."""
        code = outcome.code
        if outcome.problem:
            self._write("error", message=outcome.problem)
        self._write("end", code=int(code), meaning=code.meaning, sessionId=self._last.session_id)

    def _draw_connection(self, view: View) -> None:
        connection = view.connection
        self._write(
            "connection",
            phase=str(connection.phase),
            gateway=connection.gateway,
            attempt=connection.attempt,
            retryAt=connection.retry_at,
            reason=connection.reason,
            mend=connection.mend,
        )

    def _draw_exchange(self, exchange: Exchange) -> None:
        delivery = exchange.delivery
        if delivery is self._delivered.get(exchange.id):
            return
        self._delivered[exchange.id] = delivery
        if exchange.answer is not None and exchange.answer.ending is not Ending.GROWING:
            self._draw_whole(exchange.answer)
        if delivery in _DELIVERIES:
            more = {"text": exchange.text} if delivery is Delivery.QUEUED else {}
            more |= {"reason": exchange.problem} if exchange.problem else {}
            self._write(f"message.{delivery}", id=exchange.id, **more)

    # ---- Answers -------------------------------------------------------------------------------

    def _draw_growing(self, answer: Answer) -> None:
        request = answer.request_id
        if request not in self._reported:
            self._reported[request] = _Reported()
            self._write("answer.start", id=request, model=answer.model)
        reported = self._reported[request]
        self._draw_steps(reported, answer)
        if len(answer.text) < len(reported.text):  # the next delta replaces the rest
            self._resume(reported, request, len(answer.text))
        elif reported.is_paused and len(answer.text) > len(reported.text):
            self._resume(reported, request, len(reported.text))
        self._draw_delta(reported, answer)

    def _draw_delta(self, reported: _Reported, answer: Answer) -> None:
        offset, reported.text = len(reported.text), answer.text
        if len(answer.text) > offset:
            piece = answer.text[offset:]
            self._write("answer.delta", id=answer.request_id, offset=offset, text=piece)

    def _draw_pause(self, view: View, answer: Answer) -> None:
        reported = self._reported[answer.request_id]
        if view.connection.phase is Phase.ONLINE and reported.is_paused:
            self._resume(reported, answer.request_id, len(reported.text))
        if view.connection.phase is Phase.WAITING and not reported.is_paused:
            reported.is_paused = True
            self._write("answer.interrupted", id=answer.request_id, offset=len(answer.text))

    def _resume(self, reported: _Reported, request: str, offset: int) -> None:
        reported.text, reported.is_paused = reported.text[:offset], False
        self._write("answer.resumed", id=request, offset=offset)

    def _draw_whole(self, answer: Answer) -> None:
        request = answer.request_id
        reported = self._reported.get(request)
        if reported is not None and not answer.text.startswith(reported.text):
            self._resume(reported, request, shared(reported.text, answer.text))
        self._draw_growing(answer)
        del self._reported[request]
        if answer.ending is Ending.INTERRUPTED:
            self._write("answer.interrupted", id=request, offset=len(answer.text))
        if answer.ending in _WHOLE:
            self._write(
                "answer.end",
                id=request,
                text=answer.text,
                status=str(answer.ending),
                usage=answer.usage,
                cost=answer.cost,
            )

    # ---- Steps ---------------------------------------------------------------------------------

    def _draw_steps(self, reported: _Reported, answer: Answer) -> None:
        if answer.steps is not reported.steps:
            for step in answer.steps:
                if step not in reported.steps:
                    self._draw_step(answer.request_id, step)
            reported.steps = answer.steps
        if answer.todos != reported.todos:
            todos = [{"text": each.text, "state": str(each.state)} for each in answer.todos]
            self._write("tool.todos", id=answer.request_id, todos=todos)
            reported.todos = answer.todos

    def _draw_step(self, request: str, step: Step) -> None:
        state = str(step.state)
        match step:
            case Tool():
                fields = {"tool": step.name, "input": step.input, "result": step.result}
                self._write("tool.call", id=request, callId=step.id, state=state, **fields)
            case Process():
                self._write(
                    "tool.process",
                    id=request,
                    processId=step.id,
                    state=state,
                    command=step.command,
                    output=step.output,
                    exitCode=step.exit_code,
                )
            case Approval():
                fields = {"tool": step.tool, "input": step.input, "reason": step.reason}
                self._write("tool.approval", id=request, approvalId=step.id, state=state, **fields)
            case Checklist():
                points = [{"text": each.text, "isMet": each.is_met} for each in step.points]
                self._write(
                    "tool.checklist",
                    id=request,
                    checklistId=step.id,
                    state=state,
                    title=step.title,
                    points=points,
                )

    # ---- The rest ------------------------------------------------------------------------------

    def _draw_notices(self, view: View) -> None:
        notices = [each for each in view.items if isinstance(each, Notice)]
        for notice in notices[self._noticed :]:
            match notice.kind:
                case Kind.SESSION_LOST:
                    self._write("session", id="", lost=notice.text)
                case Kind.ERROR:
                    self._write("error", message=notice.text)
                case Kind.UNKNOWN:
                    pass
        self._noticed = len(notices)

    def _write(self, kind: str, **fields: object) -> None:
        self._seq += 1
        head = {"v": _VERSION, "seq": self._seq, "ts": self.clock(), "type": kind}
        self.terminal.answer(encode(head | fields) + "\n")
