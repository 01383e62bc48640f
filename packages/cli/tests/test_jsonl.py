"""JSON Lines of what no ordinary question shows."""

import io
import json

from reconnect_core import Accepted, Event, Queued, Received, Sent, SessionLost
from tek_chat import View
from tek_cli.exits import Exit
from tek_cli.jsonl import JsonScreen
from tek_cli.outcome import Outcome
from tek_cli.terminal import Terminal
from tek_protocol import encode, read_envelope


def received(kind: str, **fields: object) -> Received:
    text = encode({"type": kind, **fields})
    return Received(read_envelope(text), text)


def lines_of(*events: Event, outcome: Outcome) -> list[dict[str, object]]:
    out = io.StringIO()
    screen, view = JsonScreen(Terminal(out, io.StringIO()), clock=lambda: 1.5), View()
    for event in events:
        view = view.after(event)
        screen.draw(view)
    screen.end(outcome)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_every_line_has_a_head_and_the_last_one_is_end() -> None:
    assert lines_of(outcome=Outcome(Exit.UNREACHABLE, "nobody there")) == [
        {"v": 1, "seq": 1, "ts": 1.5, "type": "error", "message": "nobody there"},
        {
            "v": 1,
            "seq": 2,
            "ts": 1.5,
            "type": "end",
            "code": 3,
            "meaning": "no gateway within --wait",
            "sessionId": "",
        },
    ]


def test_what_the_gateway_says_out_of_turn_is_an_error_and_the_unknown_is_left_out() -> None:
    lines = lines_of(
        SessionLost("old"),
        received("error", code="INVALID_MESSAGE", message="what?"),
        received("tool.call", requestId="a"),
        outcome=Outcome(Exit.OK),
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
        outcome=Outcome(Exit.FAILED),
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
