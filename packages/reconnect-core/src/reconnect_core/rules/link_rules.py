"""The interface of the rules of one connection, whichever subprotocol it speaks. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from reconnect_core.events import Event, Received
from reconnect_core.rules.outgoing import OutgoingMessage
from reconnect_core.rules.verdict import Failure
from tek_protocol.resume_frames import GoAway


@dataclass(frozen=True, slots=True)
class Effect:
    """What follows from a message of the gateway.

    `events` are published first, then the message itself unless `is_passed_on` is false. A
    `failure` ends the connection. `goaway` says when to reconnect.
    """

    events: Sequence[Event] = ()
    is_passed_on: bool = True
    failure: Failure | None = None
    goaway: GoAway | None = None


PASSED_ON = Effect()
"""The effect of most messages: nothing follows, and the phase of the connection stays."""

DROPPED = Effect(is_passed_on=False)


class LinkRules(Protocol):
    """The rules of one connection, from the moment it opens until it is lost.

    What outlives the connection is in the `Outbox`. `progress` grows with every step of the
    resumption.
    """

    @property
    def is_online(self) -> bool:
        """Whether messages flow both ways; false while the session is being resumed."""
        ...

    @property
    def progress(self) -> int:
        """The number of steps that the resumption has made."""
        ...

    @property
    def awaits_answer(self) -> bool:
        """Whether an answer, or the rest of one, is due from the gateway."""
        ...

    def opened(self) -> Sequence[Event]:
        """Return what follows from the connection being open."""
        ...

    def take_frame(self) -> str | None:
        """Return a frame of the rules' own, once; it is written before anything else."""
        ...

    def next_to_write(self) -> OutgoingMessage | None:
        """Return the first message of the outbox that may be written now."""
        ...

    def frame(self, message: OutgoingMessage) -> str:
        """Return the text to send for `message`."""
        ...

    def written(self, message: OutgoingMessage) -> Sequence[Event]:
        """Record that some bytes of `message` may have left."""
        ...

    def received(self, received: Received) -> Effect:
        """Return what follows from a message of the gateway."""
        ...

    def dropped(self, failure: Failure) -> Sequence[Event]:
        """Return what follows from the loss of the connection."""
        ...
