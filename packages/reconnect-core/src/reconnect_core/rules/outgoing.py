"""One submitted message, from the caller's hands to the wire.

Pure: values only. It must never know where in the outbox it stands.
"""

from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from typing import Self

from reconnect_core.events import Queued
from reconnect_core.storage import MessageState, Stored
from tek_protocol import DecodeError, encode, read_object

LONGEST_SESSION_ID = 256
"""Characters; a longer one is not adopted, or no message would fit beside it."""

_SESSION_ID_ROOM = 6 * LONGEST_SESSION_ID + len('"sessionId":"",')
"""Bytes kept free in a frame for a session id that may only be known when it is written; JSON
spells a character with up to six."""


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """A submitted message; `text` is what the caller gave, with its id, and `body` a copy of it.

    `starts_turn` says that a plain gateway refuses it while another turn of the session runs,
    and `names_session` that the caller chose the session. `order` is its place among all that
    were submitted. `was_written` says that any byte of it may have reached a gateway.
    """

    id: str
    text: str
    body: Mapping[str, object] = field(repr=False)
    size: int
    starts_turn: bool
    names_session: bool
    order: int = 0
    was_written: bool = False
    met_lost_session: bool = False

    @classmethod
    def of(cls, message_id: str, body: Mapping[str, object], turns: Container[str]) -> Self:
        """Encode `body` at once: what the caller does to it later changes nothing.

        Raises `TypeError` for what JSON cannot hold.
        """
        text = encode(body)
        try:
            return cls.read(message_id, text, turns)
        except DecodeError as error:
            raise TypeError(str(error)) from error

    @classmethod
    def read(cls, message_id: str, text: str, turns: Container[str]) -> Self:
        """Return the message that `text` is; raises `DecodeError` if it is none."""
        body = read_object(text)
        size = len(text.encode()) + _SESSION_ID_ROOM
        kind = body.get("type")
        starts_turn = isinstance(kind, str) and kind in turns
        return cls(message_id, text, body, size, starts_turn, "sessionId" in body)

    @property
    def bare_size(self) -> int:
        """The bytes of `text` alone, without room for a session id."""
        return self.size - _SESSION_ID_ROOM

    def queued(self) -> Queued:
        """Return the event of its being queued."""
        return Queued(self.id, self.body)

    def stored(self, place: MessageState, reason: str = "") -> Stored:
        """Return it as a storage keeps it."""
        return Stored(self.id, self.text, place, self.order, reason)
