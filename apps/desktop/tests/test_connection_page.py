"""The page about the connection: a painted day, the gateway, its logs, and its buttons."""

from collections.abc import Generator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QPlainTextEdit

from tek_chat.health import Health
from tek_chat.history import DAY, History, Span, State
from tek_desktop.testing import until, user_of
from tek_desktop.widgets.connection_page import ConnectionPage
from tek_desktop.widgets.timeline import Timeline
from tek_gateway.testing import GatewayProcess, deadline

NOW = 2_000_000.0


@pytest.fixture
def timeline(application: QApplication) -> Generator[Timeline]:
    del application
    widget = Timeline(clock=lambda: NOW)
    widget.resize(2_400, 60)
    yield widget
    widget.deleteLater()


def test_what_is_under_the_pointer_is_the_span_of_that_time(timeline: Timeline) -> None:
    online = Span(State.ONLINE, NOW - DAY, NOW - 3_601)
    blink = Span(State.WAITING, NOW - 3_601, NOW - 3_600, "refused", 1)
    down = Span(State.DOWN, NOW - 3_600, NOW, "token refused", 4)
    timeline.draw(History((online, blink, down)))
    assert timeline.span_at(10) is online
    assert timeline.span_at(2_299) is blink, "it is too short to be hit otherwise"
    assert timeline.span_at(2_390) is down
    assert timeline.accessibleDescription() == "down for 1 h 0 s · token refused · 4 tries"


def test_the_day_is_painted_in_three_colours(timeline: Timeline) -> None:
    quarter = DAY / 4
    spans = tuple(
        Span(state, NOW - DAY + number * quarter, NOW - DAY + (number + 1) * quarter)
        for number, state in enumerate(State)
    )
    timeline.draw(History(spans))
    picture = timeline.grab().toImage()
    colours = {picture.pixelColor(x, 10).name() for x in (300, 900, 1_500, 2_100)}
    assert len(colours) == 4


@pytest.fixture
def page(application: QApplication) -> Generator[ConnectionPage]:
    del application
    widget = ConnectionPage()
    widget.show()
    yield widget
    widget.deleteLater()


def enabled(page: ConnectionPage) -> list[str]:
    found = page.findChildren(QAbstractButton)
    return [e.text() for e in found if e.isVisible() and e.isEnabled() and e.text()]


def test_only_this_machines_gateway_is_started_and_stopped(page: ConnectionPage) -> None:
    health = Health("instance", version="1.2", uptime=3_700, connections=2)
    page.tell_health("ws://far:1", health)
    assert enabled(page) == ["Back to the chat"]
    page.tell_health("ws://here:1", health, is_local=True)
    assert enabled(page) == ["Stop", "Restart", "Back to the chat"]
    assert any("version 1.2" in each.text() for each in page.findChildren(QLabel))
    page.tell_health("", None, is_local=True)
    assert enabled(page) == ["Start", "Back to the chat"]


async def test_the_page_tells_of_the_gateway_and_what_happened() -> None:
    async with GatewayProcess() as gateway, deadline(20), user_of(gateway.url) as user:
        await until(lambda: user.sees("127.0.0.1"))
        user.click("Connection")
        await until(lambda: user.sees(gateway.instance))
        (events,) = user.seen(QPlainTextEdit)
        await until(lambda: "online · 127.0.0.1" in events.toPlainText())
        user.press(Qt.Key.Key_Escape)
        await until(lambda: user.sees("What is on your mind?"))
