"""How things without a name are called in the window.

Pure. It must never look anything up.
"""

from datetime import date, datetime, timedelta

from tek_protocol.chat import SessionInfo


def session_size(session: SessionInfo) -> str:
    """Return how much a session holds, and when it began."""
    count = session.message_count
    size = f"{count} message{'' if count == 1 else 's'}"
    began = _began(session)
    return size if began is None or not session.title else f"{began:%H:%M} · {size}"


def session_name(session: SessionInfo) -> str:
    """Return the title, or when a session began, or its id where the gateway does not say."""
    began = _began(session)
    if session.title or began is None:
        return " ".join(session.title.split()) or session.session_id
    return f"{began:%a} {began.day} {began:%b}, {began:%H:%M}"


def session_day(session: SessionInfo, today: date) -> str:
    """Return the heading under which a session stands."""
    began = _began(session)
    if began is None:
        return "Some day"
    day = began.date()
    if day >= today:
        return "Today"
    if day == today - timedelta(days=1):
        return "Yesterday"
    year = "" if day.year == today.year else f" {day.year}"
    return f"{day:%A}, {day.day} {day:%B}{year}"


def _began(session: SessionInfo) -> datetime | None:
    try:
        return datetime.fromisoformat(session.created_at).astimezone()
    except (ValueError, OverflowError):
        return None
