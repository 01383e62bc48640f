"""Tek's dialect names types that the protocol has."""

from tek_chat.tek_dialect import TEK_DIALECT
from tek_protocol import encode, read_envelope
from tek_protocol.chat import ChatMessage, ChatSend, Error, StreamEnd


def test_the_types_of_the_dialect_are_those_of_the_messages() -> None:
    starts = {read_envelope(encode(ChatSend("1", "hi"))).type}
    ends = {read_envelope(encode(each)).type for each in (StreamEnd("1"), Error("C", "m", "1"))}
    logged = read_envelope(encode(ChatMessage("1", "user", "hi"))).type
    assert (TEK_DIALECT.turns, TEK_DIALECT.endings) == (starts, ends)
    assert TEK_DIALECT.acknowledges == logged
