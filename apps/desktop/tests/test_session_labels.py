"""How sessions are called."""

from datetime import datetime

import pytest

from tek_desktop.sidebar.session_labels import session_name, session_size
from tek_protocol.chat import SessionInfo


def test_a_session_is_called_by_when_it_began() -> None:
    began = datetime(2026, 3, 9, 7, 5).astimezone()
    session = SessionInfo("abc", created_at=began.isoformat())
    assert session_name(session) == f"{began:%a} 9 {began:%b}, 07:05"


def test_a_session_of_unknown_age_is_called_by_its_id() -> None:
    assert session_name(SessionInfo("abc", created_at="long ago")) == "abc"


@pytest.mark.parametrize(
    ("count", "says"), [(0, "0 messages"), (1, "1 message"), (2, "2 messages")]
)
def test_a_session_says_how_much_it_holds(count: int, says: str) -> None:
    assert session_size(SessionInfo("abc", message_count=count)) == says
