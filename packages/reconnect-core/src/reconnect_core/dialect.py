"""What a gateway calls a turn, the end of one, and an acknowledgement."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Dialect:
    """The message types of one kind of gateway that a `Session` has to know; all are optional.

    `turns` are the types of client messages that start a turn. In plain mode one turn runs at a
    time, and the next one stays in the outbox. `endings` are the types of gateway messages that
    end the turn named by their `requestId`. `acknowledges` is the type of log entry whose `id`
    acknowledges the client's message of the same `id`, in resume mode; with "" an entry of any
    type does. An entry of this type with a `requestId` is a whole answer, and ends that turn.

    The default suits a gateway without turns: every message is sent at once.
    """

    turns: frozenset[str] = frozenset()
    endings: frozenset[str] = frozenset({"error"})
    acknowledges: str = ""

    def acknowledges_with(self, kind: str) -> bool:
        """Return whether a log entry of type `kind` acknowledges the message of its `id`."""
        return kind == self.acknowledges or not self.acknowledges

    def ends_turn(self, kind: str) -> bool:
        """Return whether a log entry of type `kind` ends the turn of its `requestId`."""
        return kind in self.endings or (kind == self.acknowledges and bool(kind))
