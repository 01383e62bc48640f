"""How things without a name are called in the window.

Pure. It must never look anything up.
"""

from datetime import datetime

from tek_protocol.chat import SessionInfo


def session_size(session: SessionInfo) -> str:
    """Return how much a session holds."""
    count = session.message_count
    return f"{count} message{'' if count == 1 else 's'}"


def session_name(session: SessionInfo) -> str:
    """Return when a session began, or its id where the gateway does not say."""
    try:
        began = datetime.fromisoformat(session.created_at).astimezone()
    except ValueError:
        return session.session_id
    return f"{began:%a} {began.day} {began:%b}, {began:%H:%M}"
