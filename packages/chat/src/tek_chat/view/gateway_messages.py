"""What a gateway's message means to the view."""

from reconnect_core.events import Received
from tek_chat.view.items import Answer, Ending
from tek_protocol import DecodeError, chat


def read_message(received: Received) -> chat.GatewayMessage:
    """Return the typed message; an end or error counts even if its other fields are bad."""
    envelope = received.envelope
    try:
        message = chat.read_gateway_message(received.text)
    except DecodeError:  # nested almost too deeply to be read
        message = chat.Unknown(envelope.type, received.text)
    if isinstance(message, chat.Unknown):
        if envelope.type == "chat.stream.end" and envelope.request_id:
            return chat.StreamEnd(envelope.request_id)
        if envelope.type == "error":
            code, text = envelope.code or "error", envelope.message or "no reason given"
            return chat.Error(code, text, envelope.request_id)
    return message


def whole_answer(message: chat.ChatMessage) -> Answer:
    """Return the answer that a log entry contains whole."""
    return Answer(
        message.request_id or "",
        message.content,
        message.reasoning,
        message.model,
        usage=message.usage or chat.Usage(),
        cost=message.cost or chat.Cost(),
        ending=Ending(message.status or "complete"),
    )
