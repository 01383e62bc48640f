"""Decides when to notify a user who is not looking of an outage, and of its end. Pure.

Each outage is reported once.
"""

from dataclasses import dataclass

from reconnect_core.events import Phase
from tek_chat.view import wording
from tek_chat.view.view import View

LONG = 60.0
"""Seconds of outage before the user is notified."""


@dataclass(frozen=True, slots=True)
class OutageNotice:
    """The start of the outage that was reported, None if none was."""

    reported: float | None = None

    def updated(self, view: View, now: float, *, is_watched: bool) -> "tuple[OutageNotice, str]":
        """Return the next state and the text of the notification, "" for none."""
        outage = view.outage
        if outage is None or view.connection.phase in {Phase.IDLE, Phase.CLOSED}:
            return self, ""
        if outage.ended is not None:
            return OutageNotice(), "" if self.reported is None or is_watched else "Back online"
        if self.reported is not None or is_watched or now - outage.began < LONG:
            return self, ""
        gateway = view.connection.gateway or "the gateway"
        return OutageNotice(
            outage.began
        ), f"No connection to {gateway} since {wording.clock(outage.began)}"
