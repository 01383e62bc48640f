"""One submitted message, as the outbox holds it and the wire carries it. Pure: values only."""

from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from typing import Self

from reconnect_core.events import Queued
from reconnect_core.storage import MessageState, Stored
from tek_protocol import DecodeError, encode, read_object

LONGEST_SESSION_ID = 256
"""Characters; a longer id is ignored, because it would leave no room for a message."""

_SESSION_ID_ROOM = 6 * LONGEST_SESSION_ID + len('"sessionId":"",')
"""Bytes reserved in a frame for a session id that may become known only when the frame is written;
JSON escapes a character with up to six bytes."""


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """A submitted message; `text` is what the caller passed, with its id, and `body` a copy of it.

    `starts_turn` says that a plain gateway rejects it while another turn of the session runs,
    and `names_session` that the caller chose the session. `order` counts the messages that were
    submitted. `was_written` says that some bytes of it may have reached a gateway, and
    `had_lost_session` that it was rejected once because its session was lost.
    """

    id: str
    text: str
    body: Mapping[str, object] = field(repr=False)
    size: int
    starts_turn: bool
    names_session: bool
    order: int = 0
    was_written: bool = False
    had_lost_session: bool = False

    @classmethod
    def of(cls, message_id: str, body: Mapping[str, object], turns: Container[str]) -> Self:
        """Encode `body` now, so that later changes to it have no effect.

        Raises `TypeError` for what JSON cannot hold.
        """
        text = encode(body)
        try:
            return cls.read(message_id, text, turns)
        except DecodeError as error:
            raise TypeError(str(error)) from error

    @classmethod
    def read(cls, message_id: str, text: str, turns: Container[str]) -> Self:
        """Return the message that `text` holds; raises `DecodeError` if it holds none."""
        body = read_object(text)
        size = len(text.encode()) + _SESSION_ID_ROOM
        kind = body.get("type")
        starts_turn = isinstance(kind, str) and kind in turns
        return cls(message_id, text, body, size, starts_turn, "sessionId" in body)

    @property
    def bare_size(self) -> int:
        """The bytes of `text`, without room for a session id."""
        return self.size - _SESSION_ID_ROOM

    def queued(self) -> Queued:
        """Return the event that says the message is queued."""
        return Queued(self.id, self.body)

    def stored(self, place: MessageState, reason: str = "") -> Stored:
        """Return the message as a storage keeps it."""
        return Stored(self.id, self.text, place, self.order, reason)
