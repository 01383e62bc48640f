"""The page about the connection: a painted day, the gateway, its logs, and its buttons."""

from collections.abc import Generator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QPlainTextEdit

from tek_chat.doctor import CheckName
from tek_chat.local.control import stop_gateway
from tek_chat.local.health import Health
from tek_chat.view.uptime import DAY, Uptime, UptimeSpan, UptimeState
from tek_desktop.status.checks_panel import ChecksPanel
from tek_desktop.status.connection_page import ConnectionPage
from tek_desktop.status.uptime_chart import UptimeChart
from tek_testing.deadlines import deadline
from tek_testing.desktop.window_user import WindowUser, until, user_of
from tek_testing.gateway.gateway_process import GatewayProcess

NOW = 2_000_000.0


@pytest.fixture
def timeline(application: QApplication) -> Generator[UptimeChart]:
    del application
    widget = UptimeChart(clock=lambda: NOW)
    widget.resize(2_400, 60)
    yield widget
    widget.deleteLater()


def test_what_is_under_the_pointer_is_the_span_of_that_time(timeline: UptimeChart) -> None:
    online = UptimeSpan(UptimeState.ONLINE, NOW - DAY, NOW - 3_601)
    blink = UptimeSpan(UptimeState.WAITING, NOW - 3_601, NOW - 3_600, "refused", 1)
    down = UptimeSpan(UptimeState.DOWN, NOW - 3_600, NOW, "token refused", 4)
    timeline.draw(Uptime((online, blink, down)))
    assert timeline.span_at(10) is online
    assert timeline.span_at(2_299) is blink, "it is too short to be hit otherwise"
    assert timeline.span_at(2_390) is down
    assert timeline.accessibleDescription() == "down for 1 h 0 s · token refused · 4 tries"


def test_the_day_is_painted_in_three_colours(timeline: UptimeChart) -> None:
    quarter = DAY / 4
    spans = tuple(
        UptimeSpan(state, NOW - DAY + number * quarter, NOW - DAY + (number + 1) * quarter)
        for number, state in enumerate(UptimeState)
    )
    timeline.draw(Uptime(spans))
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
    page.show_health("ws://far:1", health)
    assert enabled(page) == ["Back to the chat"]
    page.show_health("ws://here:1", health, is_local=True)
    assert enabled(page) == ["Stop", "Restart", "Back to the chat"]
    assert any("version 1.2" in each.text() for each in page.findChildren(QLabel))
    page.show_health("", None, is_local=True)
    assert enabled(page) == ["Start", "Back to the chat"]


async def test_the_page_tells_of_the_gateway_and_what_happened() -> None:
    async with GatewayProcess() as gateway, deadline(20), user_of(gateway.url) as user:
        await until(lambda: user.sees("127.0.0.1"))
        user.click("Connection")
        await until(lambda: user.sees(gateway.instance))
        (events,) = user.seen(QPlainTextEdit)
        await until(lambda: "online · 127.0.0.1" in events.toPlainText())
        user.press(Qt.Key.Key_Escape)
        await until(lambda: user.sees("What can I help with?"))


# ---- The checks of the way to the gateway ------------------------------------------------------


def rows(user: WindowUser) -> list[str]:
    """Return what was found so far: mark and name of each check."""
    (checks,) = user.seen(ChecksPanel)
    labels = [each.text() for each in checks.findChildren(QLabel) if each.isVisible()]
    return [f"{mark} {labels[at + 1]}" for at, mark in enumerate(labels) if mark in {*"✓✕·"}]


async def test_the_checks_run_when_they_are_first_looked_at_and_again_on_request() -> None:
    async with GatewayProcess() as gateway, deadline(20), user_of(gateway.url) as user:
        user.click("Connection")
        assert user.seen(ChecksPanel) == []
        user.window.connection_page.tabs.setCurrentWidget(user.window.connection_page.checks)
        await until(lambda: user.sees("Everything is in order"))
        assert len(rows(user)) == len(CheckName)
        assert "✓ Response time" in rows(user)
        assert "· TLS" in rows(user), "ws:// does not use TLS"
        await gateway.kill()
        user.click("Check again")
        await until(lambda: user.sees("Something is wrong: TCP"))
        assert "✕ TCP" in rows(user)
        assert user.sees("→ start the gateway there"), "what can be done about it"
        await gateway.start()
        user.click("Check again")
        await until(lambda: user.sees("Everything is in order"))


async def test_the_loop_goes_on_while_checks_run() -> None:
    async with GatewayProcess() as gateway, deadline(20), user_of(gateway.url) as user:
        user.click("Connection")
        user.window.connection_page.tabs.setCurrentWidget(user.window.connection_page.checks)
        user.click("Back to the chat")
        user.say("meanwhile")
        await until(lambda: user.texts == ["meanwhile", "meanwhile"])
        user.click("Connection")
        await until(lambda: user.sees("Everything is in order"))


async def test_what_is_found_reads_without_seeing_it() -> None:
    async with deadline(20), user_of("ws://127.0.0.1:1/gateway") as user:
        user.click("Connection")
        user.window.connection_page.tabs.setCurrentWidget(user.window.connection_page.checks)
        await until(lambda: user.sees("Something is wrong: TCP"))
        (checks,) = user.seen(ChecksPanel)
        named = [each.accessibleName() for each in checks.findChildren(QLabel)]
        assert "TCP: failed" in named
        assert "Response time: skipped" in named


# ---- Its own gateway, by its buttons -----------------------------------------------------------


async def test_this_machines_gateway_is_started_restarted_and_stopped_by_its_buttons() -> None:
    async with deadline(40), user_of("") as user:
        try:
            user.click("Connection")
            await until(lambda: "Start" in user.buttons)
            user.click("Start")
            await until(lambda: user.sees("Started: ws://127.0.0.1"))
            await until(lambda: "Restart" in enabled(user.window.connection_page))
            user.click("Restart")
            await until(lambda: user.sees("Restarting…"))
            await until(lambda: user.sees("Started: ws://127.0.0.1"))
            await until(lambda: "Stop" in enabled(user.window.connection_page))
            user.click("Stop")
            await until(lambda: user.sees("Stopped: ws://127.0.0.1"))
        finally:
            await stop_gateway()
