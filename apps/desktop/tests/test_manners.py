"""One window, in its place, that wakes up with the network and tells of a long loss."""

import asyncio
import os
import sys
from collections.abc import AsyncGenerator, Generator
from dataclasses import replace
from pathlib import Path
from shutil import which

import pytest
from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtDBus import QDBusConnection, QDBusMessage
from PySide6.QtGui import QGuiApplication
from PySide6.QtNetwork import QLocalServer, QNetworkInformation
from PySide6.QtWidgets import QApplication, QMainWindow

from reconnect_core import Connection, Phase
from tek_chat import View
from tek_chat.view.outage import Outage
from tek_desktop.qt.single_instance import SingleInstance, server_name, show_running_window
from tek_desktop.qt.wakeups import WakeUps
from tek_desktop.window.settings_dialog import SettingsDialog
from tek_desktop.window.tray import LossNotifier, Tray
from tek_desktop.window.window_state import WindowState
from tek_testing.deadlines import deadline
from tek_testing.desktop.window_user import until, user_of

Reachability = QNetworkInformation.Reachability


@pytest.fixture
def parent(application: QApplication) -> Generator[QObject]:
    del application
    yield (known := QObject())
    known.deleteLater()


@pytest.fixture
def window(application: QApplication) -> Generator[QMainWindow]:
    del application
    yield (known := QMainWindow())
    known.deleteLater()


# ---- A single window ---------------------------------------------------------------------------


def test_two_gateways_have_two_windows() -> None:
    assert server_name("ws://a:1") != server_name("ws://b:1")


async def test_a_second_start_is_answered_by_the_first_window() -> None:
    parent, asked, name = QObject(), list[str](), server_name("a second start")
    assert SingleInstance(name, asked.append, parent).is_first
    raising = "from tek_desktop.qt.single_instance import show_running_window"
    code = f"{raising}; assert show_running_window({name!r}, 's1')"
    second = await asyncio.create_subprocess_exec(sys.executable, "-c", code)
    async with deadline():
        await until(lambda: asked == ["s1"])
        assert await second.wait() == 0
    parent.deleteLater()


def test_where_none_runs_nobody_is_raised() -> None:
    assert not show_running_window(server_name("nobody"), "")


def test_the_socket_of_a_window_that_was_killed_is_cleaned_up(parent: QObject) -> None:
    name = server_name("killed")
    left = QLocalServer(parent)
    left.listen(name)
    path = Path(left.fullServerName())
    kept = path.with_suffix(".kept")
    os.link(path, kept)
    left.close()
    kept.rename(path)  # a socket that nobody listens at
    assert not show_running_window(name, "")
    assert SingleInstance(name, print, parent).is_first
    path.unlink(missing_ok=True)


async def test_what_is_no_request_shows_the_window_and_no_more() -> None:
    parent, asked, name = QObject(), list[str](), server_name("rubbish")
    single = SingleInstance(name, asked.append, parent)
    assert single.is_first
    (server,) = single.findChildren(QLocalServer)
    _, writer = await asyncio.open_unix_connection(server.fullServerName())
    writer.write(b"[1]\n")
    async with deadline():
        await until(lambda: asked == [""])
    writer.close()
    parent.deleteLater()


# ---- Its place ---------------------------------------------------------------------------------


def test_the_window_comes_back_where_it_was(window: QMainWindow, tmp_path: Path) -> None:
    window.resize(420, 310)
    window.move(30, 40)
    WindowState(tmp_path / "desktop.ini").save_geometry(window)
    other = QMainWindow()
    WindowState(tmp_path / "desktop.ini").restore_geometry(other)
    assert other.size() == window.size()
    other.deleteLater()


def test_a_window_off_every_screen_comes_back_to_one(window: QMainWindow, tmp_path: Path) -> None:
    window.move(90_000, 90_000)
    WindowState(tmp_path / "desktop.ini").save_geometry(window)
    other = QMainWindow()
    WindowState(tmp_path / "desktop.ini").restore_geometry(other)
    screens = [each.availableGeometry() for each in QGuiApplication.screens()]
    assert any(screen.intersects(other.frameGeometry()) for screen in screens)
    assert other.pos() != QPoint(90_000, 90_000)
    other.deleteLater()


@pytest.mark.parametrize("kept", ["", "[General]\ndrafts=nonsense\ngeometry=nonsense\n"])
def test_what_is_kept_is_not_trusted(window: QMainWindow, tmp_path: Path, kept: str) -> None:
    (tmp_path / "desktop.ini").write_text(kept)
    window_state = WindowState(tmp_path / "desktop.ini")
    window_state.restore_geometry(window)
    assert window_state.texts("drafts") == {}


def test_drafts_and_models_are_kept_by_session(application: QApplication, tmp_path: Path) -> None:
    del application
    WindowState(tmp_path / "desktop.ini").save_texts("drafts", {"a": "grüß\nGott", "b": ""})
    WindowState(tmp_path / "desktop.ini").save_texts("models", {"a": "small"})
    assert WindowState(tmp_path / "desktop.ini").texts("drafts") == {"a": "grüß\nGott"}
    assert WindowState(tmp_path / "desktop.ini").texts("models") == {"a": "small"}


# ---- Waking up ---------------------------------------------------------------------------------


def test_a_network_that_is_back_is_a_reason_to_try(parent: QObject) -> None:
    woken: list[bool] = []
    wakeups = WakeUps(lambda: woken.append(True), parent)
    wakeups.network_changed(Reachability.Disconnected)
    assert woken == []
    wakeups.network_changed(Reachability.Online)
    assert woken == [True]


def test_a_machine_that_wakes_up_is_a_reason_to_try(parent: QObject) -> None:
    woken: list[bool] = []
    wakeups = WakeUps(lambda: woken.append(True), parent)
    wakeups.prepare_for_sleep(True)  # noqa: FBT003 - as the bus says it
    assert woken == []
    wakeups.prepare_for_sleep(False)  # noqa: FBT003 - likewise
    assert woken == [True]


def test_the_users_glance_is_a_reason_to_try(application: QApplication, parent: QObject) -> None:
    woken: list[bool] = []
    _ = WakeUps(lambda: woken.append(True), parent)
    application.applicationStateChanged.emit(Qt.ApplicationState.ApplicationInactive)
    assert woken == []
    application.applicationStateChanged.emit(Qt.ApplicationState.ApplicationActive)
    assert woken == [True]


@pytest.fixture
async def bus() -> AsyncGenerator[QDBusConnection]:
    daemon = which("dbus-daemon")
    if daemon is None:
        pytest.skip("dbus-daemon is missing: apt install dbus")
    process = await asyncio.create_subprocess_exec(
        *(daemon, "--session", "--nofork", "--print-address"), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    address = (await process.stdout.readline()).decode().strip()
    yield QDBusConnection.connectToBus(address, "tek-test")
    QDBusConnection.disconnectFromBus("tek-test")
    process.terminate()
    await process.wait()


async def test_logind_is_heard_on_a_bus(bus: QDBusConnection) -> None:
    parent, woken = QObject(), list[bool]()
    _ = WakeUps(lambda: woken.append(True), parent, bus)
    assert bus.registerService("org.freedesktop.login1")
    for begins in (True, False):
        said = QDBusMessage.createSignal(
            "/org/freedesktop/login1", "org.freedesktop.login1.Manager", "PrepareForSleep"
        )
        said.setArguments([begins])
        assert bus.send(said)
    async with deadline():
        await until(lambda: woken == [True])
    parent.deleteLater()


# ---- Telling -----------------------------------------------------------------------------------


def test_a_long_loss_is_told_once_and_its_end_once(parent: QObject) -> None:
    told: list[str] = []
    now, watched = [1_000.0], [False]
    loss_notifier = LossNotifier(told.append, lambda: watched[0], parent, lambda: now[0])
    down = View(connection=Connection(Phase.WAITING, gateway="here:1"), outage=Outage(1_000.0))
    loss_notifier.draw(down)
    for now[0] in (1_059.0, 1_060.0, 1_061.0):
        loss_notifier.check()
    assert len(told) == 1
    assert "here:1" in told[0]
    ended = Outage(1_000.0, 1_070.0)
    loss_notifier.draw(replace(down, connection=Connection(Phase.ONLINE), outage=ended))
    assert told[1:] == ["Back online"]


def test_where_there_is_no_tray_a_notification_breaks_nothing(window: QMainWindow) -> None:
    tray = Tray(QGuiApplication.windowIcon(), window)
    assert not tray.is_available
    tray.notify("anything")


# ---- Keys --------------------------------------------------------------------------------------


async def test_every_shortcut_leads_where_it_says() -> None:
    async with deadline(20), user_of("ws://127.0.0.1:1/gateway") as user:
        window, control, left = user.window, Qt.KeyboardModifier.ControlModifier, list[bool]()
        window.user_actions.quit_requested.connect(lambda: left.append(True))
        user.press(Qt.Key.Key_K, with_key=control)
        assert window.sidebar.search.hasFocus()
        user.press(Qt.Key.Key_L, with_key=control)
        assert user.composer.hasFocus()
        user.press(Qt.Key.Key_F, with_key=control)
        assert window.conversation.find_bar.isVisible()
        user.press(Qt.Key.Key_Escape)
        assert not window.conversation.find_bar.isVisible()
        user.press(Qt.Key.Key_Comma, with_key=control)
        (settings,) = user.seen(SettingsDialog)
        settings.reject()
        user.press(Qt.Key.Key_Q, with_key=control)
        assert left == [True]
