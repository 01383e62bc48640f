"""When somebody who does not look is told that the connection is lost, and that it is back.

Pure: a view and a time in, what to say out. It must never say the same loss twice.
"""

from dataclasses import dataclass

from reconnect_core.events import Phase
from tek_chat.view import wording
from tek_chat.view.view import View

LONG = 60.0
"""Seconds of loss that are worth a word to somebody who does something else."""


@dataclass(frozen=True, slots=True)
class OutageNotice:
    """What was told: when the loss began that somebody knows of, None if there is none."""

    told: float | None = None

    def look(self, view: View, now: float, *, is_watched: bool) -> "tuple[OutageNotice, str]":
        """Return what is told from now on, and what to say at once, "" for nothing."""
        outage = view.outage
        if outage is None or view.connection.phase in {Phase.IDLE, Phase.CLOSED}:
            return self, ""
        if outage.ended is not None:
            return OutageNotice(), "" if self.told is None or is_watched else "Back online"
        if self.told is not None or is_watched or now - outage.began < LONG:
            return self, ""
        gateway = view.connection.gateway or "the gateway"
        return OutageNotice(
            outage.began
        ), f"No connection to {gateway} since {wording.clock(outage.began)}"
