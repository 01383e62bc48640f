"""One run of the desktop client, from an open window to an exit code.

It must never end the event loop from within Qt: closing the window is a request, and the
connection is put away first.
"""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager, suppress

from PySide6.QtWidgets import QApplication

from tek_chat import Client, Trace, configured_client, find_address, load_settings, settings_path
from tek_desktop.controller import Controller
from tek_desktop.conversation.answer_markup import warm_up
from tek_desktop.desktop_options import PROGRAM, DesktopOptions
from tek_desktop.icons import icon
from tek_desktop.qt.event_loop import make_loop
from tek_desktop.qt.garbage import collected_here
from tek_desktop.qt.qt_log import log_qt
from tek_desktop.qt.single_instance import SingleInstance, raise_first, server_name
from tek_desktop.qt.stdin_script import lines_of
from tek_desktop.qt.unexpected_errors import UnexpectedErrors
from tek_desktop.qt.wakeups import WakeUps
from tek_desktop.sidebar.list_refresh import ListRefresh
from tek_desktop.status.page_updater import PageUpdater
from tek_desktop.status.token_entry import TokenEntry
from tek_desktop.window.main_window import Window
from tek_desktop.window.tray import LossNotifier, Tray
from tek_desktop.window.window_state import WindowState, keepsake_path

_GOODBYE = 2.0
"""Seconds that the connection has to close, though it promises one; nothing is lost without."""

_READ = 0.5
"""Seconds that the last words of the window can be read."""


def run(options: DesktopOptions, trace: Trace | None) -> int:
    """Show the window until the user has had enough, and return 0.

    If one is open for the same gateway, that one is shown instead.
    """
    log_qt()
    application = make_application()
    url = _named(options.url)
    if not options.drive and raise_first(server_name(url), options.session):
        return 0
    with collected_here(), asyncio.Runner(loop_factory=lambda: make_loop(application)) as runner:
        runner.run(_chat(options, url, trace))
    return 0


def make_application() -> QApplication:
    """Return the one application object, which looks the same on every desktop."""
    application = QApplication([PROGRAM])
    application.setApplicationDisplayName("Tek")
    application.setDesktopFileName(PROGRAM)
    application.setStyle("Fusion")
    application.setWindowIcon(icon("tek", application.palette()))
    application.setQuitOnLastWindowClosed(False)  # it would stop the event loop under our feet
    return application


@asynccontextmanager
async def opened(
    window: Window,
    client: Client,
    listing: ListRefresh,
    observer: PageUpdater,
    login: TokenEntry | None = None,
) -> AsyncGenerator[Controller]:
    """Show `window` and let `client` work for it, until the block ends."""
    faults = UnexpectedErrors(window.warn)
    window.keeps, window.model = client.keeps, client.model
    observer.show_on(window.page)
    watchman = LossNotifier(window.notified.emit, window.isActiveWindow, window)
    async with client:
        with faults.watched():
            watching = (observer.draw, watchman.draw)
            login = login or TokenEntry(observer.url)
            desk = Controller(client, window, listing, login, faults=faults, watching=watching)
            async with asyncio.TaskGroup() as tasks:
                jobs = (desk.work(), observer.work(faults), asyncio.to_thread(warm_up))
                work = [tasks.create_task(each) for each in jobs]
                window.show()
                yield desk
                if window.is_saying_goodbye:
                    await asyncio.gather(client.close(), asyncio.sleep(_READ))
                window.hide()
                for each in work:
                    each.cancel()


async def _chat(options: DesktopOptions, url: str, trace: Trace | None) -> None:
    window, listing, observer = Window(), ListRefresh(), PageUpdater(url, options.url)
    leaving = asyncio.Event()
    window.wishes.left.connect(leaving.set)
    _leave_at_signal(leaving)
    listeners = [listing.hear, observer.hear, *([trace.write] if trace else [])]
    client = configured_client(
        url=options.url, session_id=options.session or None, listeners=listeners
    )
    keepsake = None if options.drive else _settle_in(window, client, server_name(url))
    with suppress(TimeoutError):
        async with (
            asyncio.timeout(None) as patience,
            opened(window, client, listing, observer) as desk,
            asyncio.TaskGroup() as tasks,
        ):
            driver = tasks.create_task(_drive(window, desk, leaving)) if options.drive else None
            await leaving.wait()
            patience.reschedule(asyncio.get_running_loop().time() + _GOODBYE)
            if driver is not None:
                driver.cancel()
    if keepsake is not None:
        keepsake.keep(window)
        keepsake.keep_texts("drafts", window.drafts)
        keepsake.keep_texts("models", window.models.chosen)


def _named(url: str | None) -> str:
    """Return the address that the user, the environment or the settings name, "" for none."""
    found = find_address(url, os.environ, load_settings(settings_path())).url
    return found if isinstance(found, str) else ""


def _settle_in(window: Window, client: Client, name: str) -> WindowState:
    """Make the window at home on this desktop; return where it keeps its place."""
    keepsake = WindowState(keepsake_path())
    keepsake.restore(window)
    window.take_drafts(keepsake.texts("drafts"))
    window.models.take(keepsake.texts("models"))
    tray = Tray(window.windowIcon(), window)
    tray.raised.connect(window.come_forward)
    tray.left.connect(window.leave)
    window.notified.connect(tray.tell)
    window.stays = tray.is_there
    WakeUps(client.retry_now, window)
    SingleInstance(name, window.answer_start, window)
    return keepsake


def _leave_at_signal(leaving: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, leaving.set)


async def _drive(window: Window, desk: Controller, leaving: asyncio.Event) -> None:
    """Type what stands on standard input; at its end, leave when everything is answered."""
    async with aclosing(lines_of(sys.stdin.fileno())) as lines:
        async for line in lines:
            window.write(line)
    await desk.settled()
    leaving.set()
