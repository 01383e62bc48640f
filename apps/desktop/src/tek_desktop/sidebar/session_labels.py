"""Names, headings and details of sessions. Pure."""

from datetime import date, datetime, timedelta

from tek_protocol.chat import SessionInfo


def session_size(session: SessionInfo) -> str:
    """Return the number of messages and, for a session with a title, the time it started."""
    count = session.message_count
    size = f"{count} message{'' if count == 1 else 's'}"
    started = _started(session)
    return size if started is None or not session.title else f"{started:%H:%M} · {size}"


def session_name(session: SessionInfo) -> str:
    """Return the title of a session, or when it started, or its id if that is unknown."""
    started = _started(session)
    if session.title or started is None:
        return " ".join(session.title.split()) or session.session_id
    return f"{started:%a} {started.day} {started:%b}, {started:%H:%M}"


def session_day(session: SessionInfo, today: date) -> str:
    """Return the heading of the day on which a session started."""
    started = _started(session)
    if started is None:
        return "Unknown date"
    day = started.date()
    if day >= today:
        return "Today"
    if day == today - timedelta(days=1):
        return "Yesterday"
    year = "" if day.year == today.year else f" {day.year}"
    return f"{day:%A}, {day.day} {day:%B}{year}"


def _started(session: SessionInfo) -> datetime | None:
    try:
        return datetime.fromisoformat(session.created_at).astimezone()
    except (ValueError, OverflowError):
        return None
