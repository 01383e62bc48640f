"""The chat messages of `tek.v1`, one type per message."""

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
    """A user's message. `id` is the idempotency key; without a `session_id` it starts a session."""

    id: str
    content: str
    session_id: str = ""
    model: str | None = None
    agent_id: str | None = None


class SessionListRequest(
    msgspec.Struct, frozen=True, rename="camel", tag_field="type", tag="session.list"
):
    """Requests the list of sessions, newest first."""

    id: str


class SessionRename(
    msgspec.Struct, frozen=True, rename="camel", tag_field="type", tag="session.rename"
):
    """Sets the title of a session; "" removes it."""

    id: str
    session_id: str
    title: str


class SessionDelete(
    msgspec.Struct, frozen=True, rename="camel", tag_field="type", tag="session.delete"
):
    """Deletes a session and all its messages."""

    id: str
    session_id: str


class ModelListRequest(
    msgspec.Struct, frozen=True, rename="camel", tag_field="type", tag="model.list"
):
    """Requests the list of models."""

    id: str


class ChatStop(msgspec.Struct, frozen=True, rename="camel", tag_field="type", tag="chat.stop"):
    """Stops the turn of `request_id`; the text so far is kept."""

    id: str
    request_id: str


Decision: TypeAlias = Literal["once", "session", "deny"]
"""The user's answer to a tool: allow once, allow for the session, or deny."""


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
"""How a successful answer ended."""


class Usage(msgspec.Struct, frozen=True, rename="camel"):
    """The tokens that a turn used."""

    input_tokens: int = 0
    output_tokens: int = 0
    total_tokens: int = 0


class Cost(msgspec.Struct, frozen=True, rename="camel"):
    """The price of a turn, in the currency of the gateway's price list."""

    input_cost: float = 0.0
    output_cost: float = 0.0
    total_cost: float = 0.0


class SessionInfo(msgspec.Struct, frozen=True, rename="camel"):
    """An item of the session list; `created_at` is an ISO 8601 time.

    `title` is the one that a user set, or the start of the first message; older gateways send
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
    """A session was created for a message without one."""

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
    """A model that a message may name; the default one answers messages that name none.

    `description` is a sentence for people, or "".
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
    """Answers a `ChatStop`; the end of the turn follows as usual."""

    request_id: str


class StreamStart(
    msgspec.Struct, frozen=True, rename="camel", tag_field="type", tag="chat.stream.start"
):
    """The answer to `request_id` starts. It can be sent more than once for an answer.

    After a restart of the gateway it has the next `attempt`, counted from 1, and the text is kept
    up to `offset`, in Unicode code points: the deltas that follow replace the rest.
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
    """The next piece of the model's reasoning."""

    request_id: str
    delta: str


class Source(msgspec.Struct, frozen=True, rename="camel"):
    """A page that the answer is based on."""

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
    """The answer is complete, or was stopped by a client."""

    request_id: str
    usage: Usage = Usage()
    cost: Cost = Cost()
    status: Status = "complete"


class Error(
    msgspec.Struct, frozen=True, rename="camel", omit_defaults=True, tag_field="type", tag="error"
):
    """A request failed. Without `request_id`, a frame was invalid."""

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

    A user's message has the `id` that the client gave it, and acknowledges it. An answer names
    the message that it answers in `request_id`, and replaces the pieces streamed so far;
    `reasoning` is all of the model's reasoning. `model` is the requested one in a user's message,
    and the one that answered in an answer.
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
    """A message of unknown type or shape, unchanged."""

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
    """Return the message of a client; raises `DecodeError` for anything else."""
    return decode(frame, _FROM_CLIENT)


def read_gateway_message(frame: str) -> GatewayMessage:
    """Return a gateway's message, perhaps `Unknown`; raises `DecodeError` if it is no object."""
    try:
        return decode(frame, _FROM_GATEWAY)
    except DecodeError:
        return Unknown(read_envelope(frame).type, frame)
