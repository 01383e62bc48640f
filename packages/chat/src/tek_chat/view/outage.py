"""The latest outage of a session, as the connection line shows it."""

from dataclasses import dataclass, replace

from reconnect_core.events import Connection, Phase

_STABLE_AFTER = 1.0
"""Seconds. An outage that follows a shorter connection is still the same one."""


@dataclass(frozen=True, slots=True)
class Outage:
    """A time without a connection, in Unix seconds.

    `backlog` messages were queued when it ended, and `resumed` says that an answer goes on.
    """

    began: float
    ended: float | None = None
    backlog: int = 0
    resumed: bool = False


def outage_after(outage: Outage | None, connection: Connection, *, resumes: bool) -> Outage | None:
    """Return the outage to show once the connection is `connection`.

    `resumes` says that an answer is growing.
    """
    if connection.phase is Phase.ONLINE:
        if outage is None:
            return None
        backlog = connection.queued
        return replace(outage, ended=connection.since, backlog=backlog, resumed=resumes)
    if outage is None:
        return Outage(connection.since)
    # A gateway that accepts and closes again and again causes one outage, not many.
    if outage.ended is None or connection.since - outage.ended < _STABLE_AFTER:
        return replace(outage, ended=None)
    return Outage(connection.since)
