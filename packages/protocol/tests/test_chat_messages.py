"""The chat messages of `tek.v1`, as they were seen on the wire."""

import re
import runpy
from pathlib import Path

import pytest

from tek_protocol import DecodeError, encode
from tek_protocol.chat import (
    ChatMessage,
    ChatSend,
    ChatStop,
    ClientMessage,
    Cost,
    Error,
    GatewayMessage,
    ModelInfo,
    ModelList,
    ModelListRequest,
    PreflightAnswer,
    SessionCreated,
    SessionInfo,
    SessionList,
    SessionListRequest,
    Source,
    StreamDelta,
    StreamEnd,
    StreamReasoning,
    StreamSource,
    StreamStart,
    ToolApproval,
    Unknown,
    Usage,
    read_client_message,
    read_gateway_message,
)

SEEN: dict[str, GatewayMessage] = {
    '{"type":"session.created","sessionId":"s","sessionKey":"k"}': SessionCreated("s", "k"),
    '{"type":"session.list","requestId":"r","sessions":[{"sessionId":"s","sessionKey":"k",'
    '"model":"m","createdAt":"2026-01-01T00:00:00Z","messageCount":2}]}': SessionList(
        "r", (SessionInfo("s", "k", "m", "2026-01-01T00:00:00Z", 2),)
    ),
    '{"type":"chat.stream.start","requestId":"r","sessionId":"s","model":"m","routing":{}}': (
        StreamStart("r", "s", "m")
    ),
    '{"type":"chat.stream.delta","requestId":"r","delta":"x"}': StreamDelta("r", "x"),
    '{"type":"chat.stream.reasoning","requestId":"r","delta":"x"}': StreamReasoning("r", "x"),
    '{"type":"chat.stream.source","requestId":"r","source":{"url":"u"}}': StreamSource(
        "r", Source("u")
    ),
    '{"type":"chat.stream.end","requestId":"r","usage":{"inputTokens":1,"outputTokens":2,'
    '"totalTokens":3},"cost":{"inputCost":0.1,"outputCost":0,"totalCost":0.1}}': StreamEnd(
        "r", Usage(1, 2, 3), Cost(0.1, 0.0, 0.1)
    ),
    '{"type":"chat.stream.end","requestId":"r"}': StreamEnd("r"),
    '{"type":"chat.stream.start","requestId":"r","sessionId":"s","model":"m","attempt":2,'
    '"offset":5,"seq":9,"prev":8}': StreamStart("r", "s", "m", attempt=2, offset=5),
    '{"type":"chat.stream.end","requestId":"r","status":"stopped"}': StreamEnd(
        "r", status="stopped"
    ),
    '{"type":"chat.message","id":"m-1","role":"user","content":"hi","seq":1,"prev":0}': (
        ChatMessage("m-1", "user", "hi")
    ),
    '{"type":"chat.message","id":"a","role":"assistant","content":"ho","requestId":"m-1",'
    '"usage":{"inputTokens":1,"outputTokens":2,"totalTokens":3},"cost":{},"status":"complete"}': (
        ChatMessage("a", "assistant", "ho", "m-1", Usage(1, 2, 3), Cost(), "complete")
    ),
    '{"type":"chat.message","id":"a","role":"assistant","content":"ho","requestId":"m-1",'
    '"model":"big","reasoning":"hm"}': (
        ChatMessage("a", "assistant", "ho", "m-1", model="big", reasoning="hm")
    ),
    '{"type":"model.list","requestId":"r","models":[{"name":"big","isDefault":true},'
    '{"name":"echo","description":"says it again"}]}': ModelList(
        "r", (ModelInfo("big", is_default=True), ModelInfo("echo", description="says it again"))
    ),
    '{"type":"error","requestId":"r","code":"C","message":"m"}': Error("C", "m", "r"),
    '{"type":"error","code":"INVALID_MESSAGE","message":"m"}': Error("INVALID_MESSAGE", "m"),
}
STRANGE = [
    "{}",
    '{"type":"tool.call","requestId":"r"}',
    '{"type":"chat.stream.delta","requestId":"r"}',
    '{"type":"chat.stream.delta","requestId":5,"delta":"x"}',
    '{"type":"chat.stream.end","requestId":"r","usage":null}',
    '{"type":"chat.stream.end","requestId":"r","status":"lost"}',
    '{"type":"chat.message","id":"m","role":"system","content":"x"}',
]


@pytest.mark.parametrize(("frame", "message"), SEEN.items(), ids=range(len(SEEN)))
def test_a_message_of_the_gateway_has_its_type(frame: str, message: GatewayMessage) -> None:
    assert read_gateway_message(frame) == message


@pytest.mark.parametrize("frame", STRANGE)
def test_an_unknown_type_or_shape_is_kept_as_it_came(frame: str) -> None:
    message = read_gateway_message(frame)
    assert isinstance(message, Unknown)
    assert message.raw == frame


def test_what_is_no_object_is_no_message_of_a_gateway() -> None:
    with pytest.raises(DecodeError):
        read_gateway_message("[]")


@pytest.mark.parametrize(
    "message",
    [
        ChatSend("1", "hi"),
        ChatSend("1", "hi", session_id="s", model="m", agent_id="a"),
        ChatStop("1", "2"),
        SessionListRequest("1"),
        ToolApproval("1", "a", "session"),
        PreflightAnswer("1", "c", accepted=False),
        ModelListRequest("1"),
    ],
    ids=range(7),
)
def test_a_message_of_a_client_arrives_as_it_was_sent(
    message: ClientMessage,
) -> None:
    assert read_client_message(encode(message)) == message


def test_an_empty_session_id_asks_for_a_new_session_and_null_is_refused() -> None:
    sent = read_client_message('{"type":"chat.send","id":"1","content":"hi","sessionId":""}')
    assert sent == ChatSend("1", "hi")
    with pytest.raises(DecodeError, match="sessionId"):
        read_client_message('{"type":"chat.send","id":"1","content":"hi","sessionId":null}')


def test_an_unknown_client_message_is_refused() -> None:
    with pytest.raises(DecodeError):
        read_client_message('{"type":"chat.sing","id":"1"}')


def test_the_example_of_the_readme_holds(tmp_path: Path) -> None:
    readme = (Path(__file__).parents[1] / "README.md").read_text("utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    script = tmp_path / "example.py"
    script.write_text(example, "utf-8")
    assert runpy.run_path(str(script))["frame"]
