"""The chat messages of `tek.v1`, one type per message.

It must never hold a rule about when a message may be sent: that belongs to the two sides.
"""

from typing import Literal, TypeAlias

import msgspec

from tek_protocol.codec import DecodeError, decode, read_envelope

# ---- Client to gateway -----------------------------------------------------------------------


class ChatSend(
    msgspec.Struct,
    frozen=True,
    rename="camel",
    omit_defaults=True,
    tag_field="type",
    tag="chat.send",
):
    """A user's message. `id` is the idempotency key; no `session_id` asks for a new session."""

    id: str
    content: str
    session_id: str = ""
    model: str | None = None
    agent_id: str | None = None


class SessionListRequest(
    msgspec.Struct, frozen=True, rename="camel", tag_field="type", tag="session.list"
):
    """Ask for every session, newest first."""

    id: str


class SessionRename(
    msgspec.Struct, frozen=True, rename="camel", tag_field="type", tag="session.rename"
):
    """Give a session a title; "" takes it away."""

    id: str
    session_id: str
    title: str


class SessionDelete(
    msgspec.Struct, frozen=True, rename="camel", tag_field="type", tag="session.delete"
):
    """Delete a session with all that was said in it."""

    id: str
    session_id: str


class ModelListRequest(
    msgspec.Struct, frozen=True, rename="camel", tag_field="type", tag="model.list"
):
    """Ask which models a message may name."""

    id: str


class ChatStop(msgspec.Struct, frozen=True, rename="camel", tag_field="type", tag="chat.stop"):
    """End the turn of `request_id` where it is; what was written stands."""

    id: str
    request_id: str


Decision: TypeAlias = Literal["once", "session", "deny"]
"""What a user can say to a tool that asks: this time, until the session ends, or not."""


class ToolApproval(
    msgspec.Struct, frozen=True, rename="camel", tag_field="type", tag="tool.approval.response"
):
    """Answers a `tool.approval.request`. No gateway acknowledges it."""

    id: str
    approval_id: str
    decision: Decision


class PreflightAnswer(
    msgspec.Struct, frozen=True, rename="camel", tag_field="type", tag="preflight.response"
):
    """Answers a `preflight.checklist`. No gateway acknowledges it."""

    id: str
    checklist_id: str
    accepted: bool


ClientMessage: TypeAlias = (
    ChatSend
    | ChatStop
    | SessionListRequest
    | SessionRename
    | SessionDelete
    | ModelListRequest
    | ToolApproval
    | PreflightAnswer
)

# ---- Gateway to client -----------------------------------------------------------------------


Status: TypeAlias = Literal["complete", "stopped"]
"""How an answer ended that did not fail."""


class Usage(msgspec.Struct, frozen=True, rename="camel"):
    """What a turn consumed, in tokens."""

    input_tokens: int = 0
    output_tokens: int = 0
    total_tokens: int = 0


class Cost(msgspec.Struct, frozen=True, rename="camel"):
    """What a turn cost, in the currency of the gateway's price list."""

    input_cost: float = 0.0
    output_cost: float = 0.0
    total_cost: float = 0.0


class SessionInfo(msgspec.Struct, frozen=True, rename="camel"):
    """One line of the session list; `created_at` is an ISO 8601 time.

    `title` is what a user called it, or else how the first message begins; older gateways give
    none.
    """

    session_id: str
    session_key: str = ""
    model: str = ""
    created_at: str = ""
    message_count: int = 0
    title: str = ""


class SessionCreated(
    msgspec.Struct, frozen=True, rename="camel", tag_field="type", tag="session.created"
):
    """A message without a session made one."""

    session_id: str
    session_key: str = ""


class SessionList(
    msgspec.Struct, frozen=True, rename="camel", tag_field="type", tag="session.list"
):
    """Answers a `SessionListRequest`, newest first."""

    request_id: str
    sessions: tuple[SessionInfo, ...] = ()


class SessionRenamed(
    msgspec.Struct, frozen=True, rename="camel", tag_field="type", tag="session.renamed"
):
    """Answers a `SessionRename`."""

    request_id: str
    session_id: str
    title: str = ""


class SessionDeleted(
    msgspec.Struct, frozen=True, rename="camel", tag_field="type", tag="session.deleted"
):
    """Answers a `SessionDelete`."""

    request_id: str
    session_id: str


class ModelInfo(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """A model that a message may name; the default answers those that name none.

    `description` is a sentence for people, if there is anything to say.
    """

    name: str
    is_default: bool = False
    description: str = ""


class ModelList(msgspec.Struct, frozen=True, rename="camel", tag_field="type", tag="model.list"):
    """Answers a `ModelListRequest`, the default first."""

    request_id: str
    models: tuple[ModelInfo, ...] = ()


class ChatStopped(
    msgspec.Struct, frozen=True, rename="camel", tag_field="type", tag="chat.stopped"
):
    """Answers a `ChatStop`; the end of the turn is said as of any other."""

    request_id: str


class StreamStart(
    msgspec.Struct, frozen=True, rename="camel", tag_field="type", tag="chat.stream.start"
):
    """The answer to `request_id` begins. It may come twice for one answer.

    After a restart of the gateway it comes as the next `attempt`, from 1, and the text stands up
    to `offset`, in Unicode code points: what comes now replaces the rest.
    """

    request_id: str
    session_id: str = ""
    model: str = ""
    attempt: int = 1
    offset: int = 0


class StreamDelta(
    msgspec.Struct, frozen=True, rename="camel", tag_field="type", tag="chat.stream.delta"
):
    """The next piece of the answer's text."""

    request_id: str
    delta: str


class StreamReasoning(
    msgspec.Struct, frozen=True, rename="camel", tag_field="type", tag="chat.stream.reasoning"
):
    """The next piece of what the model thinks aloud."""

    request_id: str
    delta: str


class Source(msgspec.Struct, frozen=True, rename="camel"):
    """A page that the answer rests on."""

    url: str
    title: str = ""


class StreamSource(
    msgspec.Struct, frozen=True, rename="camel", tag_field="type", tag="chat.stream.source"
):
    """The answer names a source."""

    request_id: str
    source: Source


class StreamEnd(
    msgspec.Struct, frozen=True, rename="camel", tag_field="type", tag="chat.stream.end"
):
    """The answer is whole, or was stopped on a client's word."""

    request_id: str
    usage: Usage = Usage()
    cost: Cost = Cost()
    status: Status = "complete"


class Error(
    msgspec.Struct, frozen=True, rename="camel", omit_defaults=True, tag_field="type", tag="error"
):
    """A request failed for good, or, without `request_id`, a frame was not understood."""

    code: str
    message: str
    request_id: str | None = None


class ChatMessage(
    msgspec.Struct,
    frozen=True,
    rename="camel",
    omit_defaults=True,
    tag_field="type",
    tag="chat.message",
):
    """A whole message in a session's log.

    A user's has the `id` that the client gave it, and is the acknowledgement of it. An answer
    names the message that it answers, and replaces what has been streamed of it, with all that
    the model thought aloud as its `reasoning`. `model` is the one asked for, and the one that
    answered.
    """

    id: str
    role: Literal["user", "assistant"]
    content: str
    request_id: str | None = None
    usage: Usage | None = None
    cost: Cost | None = None
    status: Status | None = None
    model: str = ""
    reasoning: str = ""


class Unknown(msgspec.Struct, frozen=True):
    """A message whose type or shape this version does not know, as it came."""

    type: str
    raw: str


KnownMessage: TypeAlias = (
    SessionCreated
    | SessionList
    | SessionRenamed
    | SessionDeleted
    | ModelList
    | ChatStopped
    | StreamStart
    | StreamDelta
    | StreamReasoning
    | StreamSource
    | StreamEnd
    | ChatMessage
    | Error
)
GatewayMessage: TypeAlias = KnownMessage | Unknown

_FROM_CLIENT: msgspec.json.Decoder[ClientMessage] = msgspec.json.Decoder(ClientMessage)
_FROM_GATEWAY: msgspec.json.Decoder[KnownMessage] = msgspec.json.Decoder(KnownMessage)


def read_client_message(frame: str | bytes) -> ClientMessage:
    """Return what a client sent; raises `DecodeError` for anything else."""
    return decode(frame, _FROM_CLIENT)


def read_gateway_message(frame: str) -> GatewayMessage:
    """Return what a gateway sent, `Unknown` for any other object; raises `DecodeError` if none."""
    try:
        return decode(frame, _FROM_GATEWAY)
    except DecodeError:
        return Unknown(read_envelope(frame).type, frame)
