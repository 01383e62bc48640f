"""What the rules of one connection have in common, whichever subprotocol it speaks.

Pure: types only. It must never know one of the modes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from reconnect_core.events import Event, Received
from reconnect_core.rules.outgoing import OutgoingMessage
from reconnect_core.rules.verdict import Failure
from tek_protocol.resume_frames import GoAway


@dataclass(frozen=True, slots=True)
class Heard:
    """What a message of the gateway means.

    `events` come first, then the message itself, unless the rules keep it to themselves. With a
    `failure` the link is of no use any more. `goaway` is when to come back.
    """

    events: Sequence[Event] = ()
    is_passed_on: bool = True
    failure: Failure | None = None
    goaway: GoAway | None = None


PASSED_ON = Heard()
KEPT_BACK = Heard(is_passed_on=False)


class ModeRules(Protocol):
    """The rules of one connection, from the moment that it opens until it is lost.

    What outlives it is in the ledger. `progress` grows with every step towards being online.
    """

    @property
    def is_online(self) -> bool:
        """Whether the session is back, so that messages flow both ways."""
        ...

    @property
    def progress(self) -> int:
        """How many steps the resumption has made."""
        ...

    @property
    def in_flight(self) -> bool:
        """Whether the gateway owes an answer, or the rest of one."""
        ...

    def opened(self) -> Sequence[Event]:
        """Note that the connection is open."""
        ...

    def take_frame(self) -> str | None:
        """Return a frame of the rules themselves, once; it goes before anything else."""
        ...

    def next_to_write(self) -> OutgoingMessage | None:
        """Return the first message of the outbox that may be written now."""
        ...

    def frame(self, message: OutgoingMessage) -> str:
        """Return the text to send for `message`."""
        ...

    def written(self, message: OutgoingMessage) -> Sequence[Event]:
        """Note that any byte of `message` may be on its way."""
        ...

    def received(self, received: Received) -> Heard:
        """Note what the gateway said."""
        ...

    def dropped(self, failure: Failure) -> Sequence[Event]:
        """Note that the connection is lost."""
        ...
