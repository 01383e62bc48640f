"""JSON Lines of what no ordinary question shows."""

import io
import json

from reconnect_core import (
    Accepted,
    Connecting,
    Connection,
    Event,
    Online,
    Phase,
    Queued,
    Received,
    Sent,
    SessionLost,
    Waiting,
)
from tek_chat import View
from tek_cli.actions.ask_outcome import AskOutcome
from tek_cli.actions.json_lines import JsonLines
from tek_cli.exit_codes import Exit
from tek_cli.terminal.terminal import Terminal
from tek_protocol import encode, read_envelope


def received(kind: str, **fields: object) -> Received:
    text = encode({"type": kind, **fields})
    return Received(read_envelope(text), text)


def lines_of(*events: Event, outcome: AskOutcome) -> list[dict[str, object]]:
    out = io.StringIO()
    screen, view = JsonLines(Terminal(out, io.StringIO()), clock=lambda: 1.5), View()
    for event in events:
        view = view.after(event)
        screen.draw(view)
    screen.end(outcome)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_every_line_has_a_head_and_the_last_one_is_end() -> None:
    assert lines_of(outcome=AskOutcome(Exit.UNREACHABLE, "nobody there")) == [
        {"v": 1, "seq": 1, "ts": 1.5, "type": "error", "message": "nobody there"},
        {
            "v": 1,
            "seq": 2,
            "ts": 1.5,
            "type": "end",
            "code": 3,
            "meaning": "gateway not reachable",
            "sessionId": "",
        },
    ]


def test_what_the_gateway_says_out_of_turn_is_an_error_and_the_unknown_is_left_out() -> None:
    lines = lines_of(
        SessionLost("old"),
        received("error", code="INVALID_MESSAGE", message="what?"),
        received("tool.call", requestId="a"),
        outcome=AskOutcome(Exit.OK),
    )
    assert [(line["type"], line.get("lost"), line.get("message")) for line in lines] == [
        ("session", "old", None),
        ("error", None, "INVALID_MESSAGE: what?"),
        ("end", None, None),
    ]


def test_a_failed_message_says_why_after_what_there_was_of_its_answer() -> None:
    lines = lines_of(
        Queued("a", {"content": "hi"}),
        Sent("a"),
        Accepted("a"),
        received("chat.stream.delta", requestId="a", delta="1 2"),
        received("error", requestId="a", code="LLM_ERROR", message="no more"),
        outcome=AskOutcome(Exit.FAILED),
    )
    assert [line["type"] for line in lines] == [
        "message.queued",
        "message.sent",
        "message.accepted",
        "answer.start",
        "answer.delta",
        "message.failed",
        "end",
    ]
    assert lines[-2]["reason"] == "LLM_ERROR: no more"


# ---- Answers that are cut and go on ------------------------------------------------------------

ASKED: tuple[Event, ...] = (Queued("a", {"content": "hi"}), Sent("a"), Accepted("a"))


def piece(text: str) -> Received:
    return received("chat.stream.delta", requestId="a", delta=text)


def in_phase(phase: Phase) -> Connection:
    return Connection(phase, 1.0, last_online=0.5)


def answers_in(lines: list[dict[str, object]]) -> list[tuple[object, ...]]:
    told = [line for line in lines if str(line["type"]).startswith("answer.")]
    return [(str(line["type"])[7:], line.get("offset"), line.get("text")) for line in told]


def test_an_answer_that_is_cut_goes_on_from_where_it_was() -> None:
    lines = lines_of(
        *ASKED,
        piece("1 2"),
        Waiting(in_phase(Phase.WAITING), 1.0),
        Connecting(in_phase(Phase.CONNECTING)),
        Online(in_phase(Phase.ONLINE)),
        piece(" 3"),
        received("chat.stream.end", requestId="a"),
        outcome=AskOutcome(Exit.OK),
    )
    assert answers_in(lines) == [
        ("start", None, None),
        ("delta", 0, "1 2"),
        ("interrupted", 3, None),
        ("resumed", 3, None),
        ("delta", 3, " 3"),
        ("end", None, "1 2 3"),
    ]


def test_what_the_next_attempt_replaces_is_told_by_its_offset() -> None:
    lines = lines_of(
        *ASKED,
        piece("1 2 wrong"),
        received("chat.stream.start", requestId="a", attempt=2, offset=3),
        piece(" 3"),
        received("chat.stream.end", requestId="a"),
        outcome=AskOutcome(Exit.OK),
    )
    assert answers_in(lines)[2:] == [
        ("resumed", 3, None),
        ("delta", 3, " 3"),
        ("end", None, "1 2 3"),
    ]


def test_a_whole_answer_that_differs_replaces_what_differs() -> None:
    whole = received("chat.message", id="b", requestId="a", role="assistant", content="1 2 3")
    lines = lines_of(*ASKED, piece("1 x"), whole, outcome=AskOutcome(Exit.OK))
    assert answers_in(lines)[2:] == [
        ("resumed", 2, None),
        ("delta", 2, "2 3"),
        ("end", None, "1 2 3"),
    ]


def test_a_stopped_answer_ends_as_stopped() -> None:
    stopped = received("chat.stream.end", requestId="a", status="stopped")
    lines = lines_of(*ASKED, piece("1"), stopped, outcome=AskOutcome(Exit.FAILED))
    assert [line["status"] for line in lines if line["type"] == "answer.end"] == ["stopped"]


# ---- What an answer does beside its text -------------------------------------------------------


def test_tools_approvals_programs_and_plans_are_told_as_they_change() -> None:
    lines = lines_of(
        *ASKED,
        received("tool.call", requestId="a", toolCallId="t", name="search", input="x"),
        received("tool.approval.request", requestId="a", approvalId="p", toolName="shell"),
        received("preflight.checklist", requestId="a", checklistId="c", items=[{"text": "disk"}]),
        received("subprocess.start", requestId="a", processId="s", command="ls"),
        received("todo.update", requestId="a", todos=[{"content": "one", "status": "pending"}]),
        received("tool.result", requestId="a", toolCallId="t", output="found"),
        outcome=AskOutcome(Exit.OK),
    )
    told = [line for line in lines if str(line["type"]).startswith("tool.")]
    kinds = ("call", "approval", "checklist", "process", "todos", "call")
    assert [line["type"] for line in told] == [f"tool.{kind}" for kind in kinds]
    assert [line.get("state") for line in told] == [
        "running",
        "pending",
        "pending",
        "running",
        None,
        "done",
    ]
    assert (told[0]["callId"], told[-1]["result"]) == ("t", "found")
    assert told[4]["todos"] == [{"text": "one", "state": "open"}]
    assert {line["id"] for line in told} == {"a"}
