"""The connection line: what every client says about the connection, and when.

The times are arguments, in Unix seconds. A UI decides only where the line is drawn.
"""

from dataclasses import dataclass

from reconnect_core.events import Connection, Phase
from tek_chat.view.outage import Outage
from tek_chat.view.view import Delivery, View
from tek_chat.view.wording import DOWN, STOPPED, UP, clock

_UNNOTICED = 1.0
"""Seconds. A shorter outage is not shown."""

_COUNTDOWN_FROM = 4.0
"""Seconds. A shorter wait is over before its countdown can be read."""

_LONG = 60.0
_BACK_SHOWN = 3.0


@dataclass(frozen=True, slots=True)
class StatusLine:
    """One line about the connection.

    `can_retry`: "try now" has an effect. `wants_token`: the gateway asks for a token.
    """

    icon: str
    text: str
    can_retry: bool = False
    wants_token: bool = False

    def __str__(self) -> str:
        """Return icon and text."""
        return f"{self.icon} {self.text}"


def status(view: View, now: float, *, retry_hint: str = "") -> StatusLine | None:
    """Return what to show at `now`, in Unix seconds, or None when there is nothing to say.

    `retry_hint` names the key that retries now, such as "F5 now".
    """
    connection, outage = view.connection, view.outage
    if outage is None or connection.phase in {Phase.IDLE, Phase.CLOSED}:
        return None
    if connection.phase is Phase.BLOCKED:
        return _stopped(connection, retry_hint)
    if outage.ended is not None:
        was_noticed = outage.ended - outage.began >= _UNNOTICED
        is_new = 0 <= now - outage.ended < _BACK_SHOWN  # negative if the clock was set back
        return _back(outage) if was_noticed and is_new else None
    if 0 <= now - outage.began < _UNNOTICED:
        return None
    return _down(view, now, outage.began, retry_hint)


def _back(outage: Outage) -> StatusLine:
    parts = ["back online"]
    parts += [f"{outage.backlog} sent"] if outage.backlog else []
    parts += ["answer resumed"] if outage.resumed else []
    return StatusLine(UP, " · ".join(parts))


def _stopped(connection: Connection, retry_hint: str) -> StatusLine:
    wrong = ": ".join(filter(None, [connection.gateway, connection.reason]))
    if connection.is_refused:
        wrong = f"{connection.gateway} needs a valid token"
    text = " · ".join(filter(None, [wrong, connection.mend, retry_hint]))
    return StatusLine(STOPPED, text, can_retry=True, wants_token=connection.is_refused)


def _down(view: View, now: float, began: float, retry_hint: str) -> StatusLine:
    connection = view.connection
    left = (connection.retry_at or now) - now
    if connection.phase is not Phase.WAITING or left < _COUNTDOWN_FROM:
        parts = ["connecting…" if connection.last_online is None else "reconnecting…"]
    else:
        tries = connection.attempt + 1
        parts = [f"gateway down · retry in {left:.0f}s (try {tries})"]
        parts += [retry_hint] if retry_hint else []
    queued = view.count(Delivery.QUEUED)
    parts += [f"{queued} queued"] if queued else []
    parts += [f"since {clock(began)}"] if now - began > _LONG else []
    return StatusLine(DOWN, " · ".join(parts), can_retry=connection.phase is Phase.WAITING)


def entered(  # noqa: PLR0911 - a case a phase
    before: View, view: View, *, retry_hint: str = ""
) -> StatusLine | None:
    """Return the line for the phase that was just entered, for a UI that only adds lines.

    It is called once for every change, unlike `status`, which also depends on the time. `before`
    is the view that the UI drew last.
    """
    connection, outage = view.connection, view.outage
    was_online = before.connection.last_online is not None
    match connection.phase:
        case Phase.IDLE | Phase.CLOSED:
            return None
        case Phase.RESUMING if before.connection.phase is Phase.CONNECTING:
            return None  # said when dialling began
        case Phase.CONNECTING | Phase.RESUMING:
            return StatusLine(DOWN, "reconnecting…" if was_online else "connecting…")
        case Phase.ONLINE if was_online and outage is not None:
            return _back(outage)
        case Phase.ONLINE:
            return StatusLine(UP, f"online at {connection.gateway}")
        case Phase.BLOCKED:
            return _stopped(connection, retry_hint)
        case Phase.WAITING:
            return StatusLine(DOWN, _waiting(view, retry_hint), can_retry=True)


def _waiting(view: View, retry_hint: str) -> str:
    connection = view.connection
    left = (connection.retry_at or connection.since) - connection.since
    parts = [f"gateway down: {connection.reason}"]
    parts += [f"retry in {left:.0f}s (try {connection.attempt + 1})"]
    parts += [retry_hint] if retry_hint else []
    queued = view.count(Delivery.QUEUED)
    return " · ".join([*parts, *([f"{queued} queued"] if queued else [])])
