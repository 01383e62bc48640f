"""When to ping a silent link. Pure: seconds of silence in, a decision out."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """Ping after `busy` seconds of silence while an answer is due, after `idle` otherwise.

    The link is checked every `busy` seconds, and a ping unanswered for `timeout` seconds means
    half-open. Silence may begin just after a check, so that a dead peer is found within
    `2 * busy + timeout` seconds while something is in flight.
    """

    busy: float = 2.5
    idle: float = 20.0
    timeout: float = 4.0

    def __post_init__(self) -> None:
        """Raise `ValueError` for a heartbeat that would never sleep."""
        if not (self.busy > 0 and self.idle > 0 and self.timeout > 0):
            message = f"a heartbeat needs seconds above 0: {self}"
            raise ValueError(message)

    def is_due(self, silence: float, *, in_flight: bool) -> bool:
        """Return whether to ping after `silence` seconds without a frame."""
        return silence >= (self.busy if in_flight else self.idle)
