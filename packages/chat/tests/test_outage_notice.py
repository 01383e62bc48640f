"""A long outage is reported once to a user who is not looking, and so is its end."""

import pytest

from reconnect_core import Connection, Phase
from tek_chat import View
from tek_chat.view.outage import Outage
from tek_chat.view.outage_notice import LONG, OutageNotice

T = 1_000_000.0
DOWN = View(connection=Connection(Phase.WAITING, gateway="here:1"), outage=Outage(T))
BACK = View(connection=Connection(Phase.ONLINE), outage=Outage(T, T + 90))


def test_a_loss_is_told_after_a_minute_and_once() -> None:
    notice, text = OutageNotice().updated(DOWN, T + LONG - 1, is_watched=False)
    assert text == ""
    notice, text = notice.updated(DOWN, T + LONG, is_watched=False)
    assert text.startswith("No connection to here:1 since ")
    assert notice.updated(DOWN, T + LONG + 1, is_watched=False) == (notice, "")
    assert notice.updated(BACK, T + 90, is_watched=False) == (OutageNotice(), "Back online")


def test_a_user_who_is_looking_is_not_notified() -> None:
    assert OutageNotice().updated(DOWN, T + 2 * LONG, is_watched=True) == (OutageNotice(), "")
    assert OutageNotice(T).updated(BACK, T + 90, is_watched=True) == (OutageNotice(), "")


def test_a_loss_that_was_not_told_has_no_end_to_tell() -> None:
    assert OutageNotice().updated(BACK, T + 90, is_watched=False) == (OutageNotice(), "")


@pytest.mark.parametrize("view", [View(), View(connection=Connection(Phase.CLOSED))])
def test_without_an_outage_there_is_nothing_to_tell(view: View) -> None:
    assert OutageNotice().updated(view, T, is_watched=False) == (OutageNotice(), "")
