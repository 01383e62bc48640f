"""The state of the connection over the last day, and events as log lines. Pure."""

from dataclasses import dataclass, replace
from enum import StrEnum

from reconnect_core import events as on
from reconnect_core.events import Connection, Phase

DAY = 86_400.0
"""Seconds of history that are kept."""

_MOST = 4_000
"""Spans that are kept, the latest; a connection that drops every few seconds makes many."""


class UptimeState(StrEnum):
    """The state of the connection in a span."""

    ONLINE = "online"
    WAITING = "waiting"  # it retries
    DOWN = "down"  # it needs the user


@dataclass(frozen=True, slots=True)
class UptimeSpan:
    """A time in one state, in Unix seconds, with its attempts (`tries`) and the latest `cause`."""

    state: UptimeState
    began: float
    ended: float
    cause: str = ""
    tries: int = 0

    def __str__(self) -> str:
        """Return the span in words."""
        parts = [f"{self.state} for {duration_text(self.ended - self.began)}"]
        parts += [self.cause] if self.cause else []
        parts += [f"{self.tries} {'try' if self.tries == 1 else 'tries'}"] if self.tries else []
        return " · ".join(parts)


@dataclass(frozen=True, slots=True)
class Uptime:
    """The spans of the last day, in order; the last one is current."""

    spans: tuple[UptimeSpan, ...] = ()

    def after(self, connection: Connection, now: float) -> "Uptime":
        """Return the spans with the state of `connection` at `now`."""
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


def event_line(event: on.Event) -> str:
    """Return an event as a log line, without the text of messages."""
    return " · ".join(filter(None, [type(event).__name__.lower(), _about(event)]))


def _about(event: on.Event) -> str:  # noqa: PLR0911 - one case for each event
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


def duration_text(seconds: float) -> str:
    """Return a duration in its two largest units, for example "1 h 3 min"."""
    whole = max(0, round(seconds))
    days, whole = divmod(whole, 86_400)
    hours, whole = divmod(whole, 3_600)
    minutes, whole = divmod(whole, 60)
    parts = [f"{n} {unit}" for n, unit in ((days, "d"), (hours, "h"), (minutes, "min")) if n]
    return " ".join([*parts, f"{whole} s"][:2])
