"""How the connection was: a day of it in spans, and what happened in lines.

Pure: snapshots, events and times in, values out. It must never grow without a limit.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from reconnect_core import events as on
from reconnect_core.events import Connection, Phase

DAY = 86_400.0
"""Seconds that are looked back."""

_MOST = 4_000
"""Spans; somebody who loses the connection every few seconds sees the latest."""


class UptimeState(StrEnum):
    """What a span is about."""

    ONLINE = "online"
    WAITING = "waiting"  # it comes back by itself
    DOWN = "down"  # it needs somebody


@dataclass(frozen=True, slots=True)
class UptimeSpan:
    """A time in one state, in Unix seconds. `tries` were made in it, `cause` was the latest."""

    state: UptimeState
    began: float
    ended: float
    cause: str = ""
    tries: int = 0

    def __str__(self) -> str:
        """Return it in words."""
        parts = [f"{self.state} for {_lasted(self.ended - self.began)}"]
        parts += [self.cause] if self.cause else []
        parts += [f"{self.tries} {'try' if self.tries == 1 else 'tries'}"] if self.tries else []
        return " · ".join(parts)


@dataclass(frozen=True, slots=True)
class Uptime:
    """The spans of the last day, in order; the last one goes on."""

    spans: tuple[UptimeSpan, ...] = ()

    def after(self, connection: Connection, now: float) -> "Uptime":
        """Return the history with the connection as it is at `now`."""
        state = _STATES.get(connection.phase)
        kept = tuple(each for each in self.spans[-_MOST:] if each.ended > now - DAY)
        last = kept[-1] if kept else None
        if state is None:
            return Uptime(kept)
        span = UptimeSpan(state, connection.since, max(now, connection.since), connection.reason)
        tries = connection.attempt if state is UptimeState.ONLINE else connection.attempt + 1
        if last is None:
            return Uptime((replace(span, tries=0 if state is UptimeState.ONLINE else tries),))
        if last.state is state:
            cause, tries = span.cause or last.cause, max(last.tries, tries)
            tries = 0 if state is UptimeState.ONLINE else tries
            return Uptime((*kept[:-1], replace(last, ended=span.ended, cause=cause, tries=tries)))
        ended = replace(last, ended=span.began)
        tries = 0 if state is UptimeState.ONLINE else tries
        return Uptime((*kept[:-1], ended, replace(span, tries=tries)))


_STATES = {
    Phase.CONNECTING: UptimeState.WAITING,
    Phase.RESUMING: UptimeState.WAITING,
    Phase.WAITING: UptimeState.WAITING,
    Phase.ONLINE: UptimeState.ONLINE,
    Phase.BLOCKED: UptimeState.DOWN,
}


def told(event: on.Event) -> str:
    """Return an event as a line of a log, without what was said."""
    return " · ".join(filter(None, [type(event).__name__.lower(), _about(event)]))


def _about(event: on.Event) -> str:  # noqa: PLR0911 - a case an event
    match event:
        case on.Waiting(connection, delay) | on.Blocked(connection, delay):
            return f"{delay:.1f} s · {connection.reason}"
        case on.Connecting(connection) | on.Online(connection):
            return connection.gateway
        case on.Received(envelope=envelope):
            return envelope.type
        case on.Failed(message_id, reason):
            return f"{message_id} · {reason}"
        case on.NotSaved(reason) | on.Unreadable(reason=reason):
            return reason
        case on.SessionOpened() | on.SessionLost() | on.SessionReset():
            return event.session_id
        case on.Resuming() | on.Closed():
            return ""
        case _:
            return event.id


def lasted(seconds: float) -> str:
    """Return a duration for people, 1 h 3 min say."""
    return _lasted(seconds)


def _lasted(seconds: float) -> str:
    whole = max(0, round(seconds))
    days, whole = divmod(whole, 86_400)
    hours, whole = divmod(whole, 3_600)
    minutes, whole = divmod(whole, 60)
    parts = [f"{n} {unit}" for n, unit in ((days, "d"), (hours, "h"), (minutes, "min")) if n]
    return " ".join([*parts, f"{whole} s"][:2])
