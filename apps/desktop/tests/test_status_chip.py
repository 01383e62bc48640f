"""What the connection chip says in every state, and when its clock may rest."""

from dataclasses import dataclass, replace

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QLabel, QPushButton

from reconnect_core import Connection, Phase
from tek_chat import View
from tek_chat.view.outage import Outage
from tek_desktop.status.status_chip import StatusChip

T = 1_000_000.0
DOWN = Outage(began=T)
WAITING = Connection(
    Phase.WAITING, since=T, attempt=3, retry_at=T + 8, gateway="here:1", last_online=T
)
BLOCKED = Connection(
    Phase.BLOCKED, since=T, reason="HTTP 404", mend="check the path", gateway="here:1"
)


@dataclass
class Clock:
    now: float = T

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def chip(application: QApplication, clock: Clock) -> StatusChip:
    del application
    return StatusChip(clock=clock)


def shown(chip: StatusChip) -> tuple[str, str, bool]:
    """Return icon, text, and whether there is a Retry now button."""
    icon, text = chip.findChildren(QLabel)
    button = next(each for each in chip.findChildren(QPushButton) if each.text() == "Retry now")
    return icon.text(), text.text(), not button.isHidden()


def ticks(chip: StatusChip) -> bool:
    (timer,) = chip.findChildren(QTimer)
    return timer.isActive()


def down(phase: Phase) -> View:
    return View(connection=Connection(phase, since=T, last_online=T), outage=DOWN)


@pytest.mark.parametrize(
    ("view", "seconds", "says"),
    [
        pytest.param(View(), 0, ("", "", False), id="idle"),
        pytest.param(down(Phase.CLOSED), 9, ("", "", False), id="closed"),
        pytest.param(down(Phase.CONNECTING), 0.9, ("", "", False), id="unnoticed"),
        pytest.param(down(Phase.CONNECTING), 1, ("◌", "reconnecting…", False), id="connecting"),
        pytest.param(
            View(connection=WAITING, outage=DOWN),
            2,
            ("◌", "gateway down · retry in 6s (try 4)", True),
            id="waiting",
        ),
        pytest.param(
            View(connection=WAITING, outage=DOWN), 5, ("◌", "reconnecting…", True), id="soon"
        ),
        pytest.param(
            View(connection=BLOCKED, outage=DOWN),
            0,
            ("✕", "here:1: HTTP 404 · check the path", True),
            id="blocked",
        ),
        pytest.param(
            View(connection=Connection(Phase.ONLINE), outage=Outage(T - 9, T, 2)),
            0,
            ("●", "back online · 2 sent", False),
            id="back",
        ),
        pytest.param(
            View(connection=Connection(Phase.ONLINE), outage=Outage(T - 9, T)),
            60,
            ("", "", False),
            id="online",
        ),
    ],
)
def test_each_state_has_its_icon_its_words_and_its_button(
    chip: StatusChip, clock: Clock, view: View, seconds: float, says: tuple[str, str, bool]
) -> None:
    height = chip.height()
    clock.now = T + seconds
    chip.draw(view)
    assert shown(chip) == says
    assert chip.accessibleDescription() == says[1]
    assert chip.sizeHint().height() <= chip.height() == height


def test_it_counts_down_by_itself(chip: StatusChip, clock: Clock) -> None:
    chip.draw(View(connection=WAITING, outage=DOWN))
    (timer,) = chip.findChildren(QTimer)
    assert timer.isActive()
    said: list[str] = []
    for clock.now in (T + 1, T + 2, T + 3):
        timer.timeout.emit()
        said.append(shown(chip)[1])
    assert said == [f"gateway down · retry in {left}s (try 4)" for left in (7, 6, 5)]


def test_its_clock_rests_when_there_is_nothing_to_say(chip: StatusChip, clock: Clock) -> None:
    assert not ticks(chip)
    chip.draw(down(Phase.CONNECTING))
    assert ticks(chip), "an outage of no second has no words yet"
    chip.draw(View(connection=Connection(Phase.ONLINE), outage=Outage(T - 9, T)))
    assert ticks(chip), "that it is back is not said for ever"
    clock.now = T + 60
    (timer,) = chip.findChildren(QTimer)
    timer.timeout.emit()
    assert not ticks(chip)


def test_try_now_is_a_wish(chip: StatusChip) -> None:
    user_actions: list[bool] = []
    chip.retry_now_requested.connect(lambda: user_actions.append(True))
    chip.draw(View(connection=BLOCKED, outage=DOWN))
    chip.findChildren(QPushButton)[0].click()
    assert user_actions == [True]


def test_words_without_room_are_all_in_the_tooltip(chip: StatusChip) -> None:
    reason = "a very long reason " * 20
    chip.draw(View(connection=replace(BLOCKED, reason=reason), outage=DOWN))
    chip.resize(300, chip.height())
    chip.grab()
    assert reason in chip.findChildren(QLabel)[1].toolTip()
    assert chip.minimumSizeHint().width() < 300


def test_a_refused_token_is_asked_for(chip: StatusChip) -> None:
    wanted: list[bool] = []
    chip.token_requested.connect(lambda: wanted.append(True))
    chip.draw(View(connection=BLOCKED, outage=DOWN))
    assert [each.text() for each in chip.findChildren(QPushButton) if not each.isHidden()] == [
        "Retry now"
    ]
    refused = replace(BLOCKED, is_refused=True, mend="enter a token that the gateway accepts")
    chip.draw(View(connection=refused, outage=DOWN))
    assert shown(chip)[1].startswith("here:1 needs a valid token")
    (_, enter) = chip.findChildren(QPushButton)
    assert not enter.isHidden()
    enter.click()
    assert wanted == [True]
