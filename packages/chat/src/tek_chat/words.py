"""The connection in words: the one line that both clients show, and when.

Pure: a view and a time in, text out. It must never know how or where the line is drawn.
"""

from dataclasses import dataclass
from datetime import datetime

from reconnect_core import Connection, Phase
from tek_chat.view import Delivery, View

DOWN, UP, STOPPED = "◌", "●", "✕"

_UNNOTICED = 1.0
"""Seconds of outage that nobody needs to know of."""

_COUNTDOWN_FROM = 4.0
"""Seconds: a shorter wait is over before its countdown has been read."""

_LONG = 60.0
_BACK_SHOWN = 3.0


@dataclass(frozen=True, slots=True)
class Status:
    """One line about the connection. `can_retry` says that "try now" would do something."""

    icon: str
    text: str
    can_retry: bool = False

    def __str__(self) -> str:
        """Return icon and text, as a terminal shows them."""
        return f"{self.icon} {self.text}"


def status(view: View, now: float, *, retry_hint: str = "") -> Status | None:
    """Return what to show at `now`, in Unix seconds, or None when there is nothing to say.

    `retry_hint` names the key that tries now, "F5 now" say, where the UI has one.
    """
    connection, outage = view.connection, view.outage
    if outage is None or connection.phase in {Phase.IDLE, Phase.CLOSED}:
        return None
    if connection.phase is Phase.BLOCKED:
        return Status(STOPPED, _blocked(connection, retry_hint), can_retry=True)
    if outage.ended is not None:
        was_noticed = outage.ended - outage.began >= _UNNOTICED
        return _back(outage.backlog) if was_noticed and now - outage.ended < _BACK_SHOWN else None
    if now - outage.began < _UNNOTICED:
        return None
    return _down(view, now, outage.began, retry_hint)


def _back(backlog: int) -> Status:
    return Status(UP, " · ".join(["back online", *([f"{backlog} sent"] if backlog else [])]))


def _blocked(connection: Connection, retry_hint: str) -> str:
    parts = [f"{connection.gateway}: {connection.reason}".removeprefix(": ")]
    return " · ".join([*parts, connection.mend, *([retry_hint] if retry_hint else [])])


def _down(view: View, now: float, began: float, retry_hint: str) -> Status:
    connection = view.connection
    left = (connection.retry_at or now) - now
    if connection.phase is not Phase.WAITING or left < _COUNTDOWN_FROM:
        parts = ["reconnecting…"]
    else:
        tries = connection.attempt + 1
        parts = [f"gateway down · retry in {left:.0f}s (try {tries})"]
        parts += [retry_hint] if retry_hint else []
    queued = view.count(Delivery.QUEUED)
    parts += [f"{queued} queued"] if queued else []
    parts += [f"since {clock(began)}"] if now - began > _LONG else []
    return Status(DOWN, " · ".join(parts), can_retry=connection.phase is Phase.WAITING)


def clock(unix_seconds: float) -> str:
    """Return a time of day as people here write it, 12:03 say."""
    return datetime.fromtimestamp(unix_seconds).astimezone().strftime("%H:%M")


def session_lost(session_id: str) -> str:
    """Return the divider between a lost session and the one that follows it."""
    lost = f"session {session_id} is gone" if session_id else "that session is gone"
    return f"{lost}; a new one begins here and does not know what is above"


def marked(delivery: Delivery, problem: str = "") -> str:
    """Return how a message's own state reads, "" where the answer says enough."""
    match delivery:
        case Delivery.QUEUED:
            return "queued"
        case Delivery.SENT:
            return "sent"
        case Delivery.ACCEPTED | Delivery.ANSWERED:
            return ""
        case Delivery.UNCERTAIN:
            return "uncertain: the connection was lost after sending; it may have arrived"
        case Delivery.FAILED:
            return f"failed: {problem}"
