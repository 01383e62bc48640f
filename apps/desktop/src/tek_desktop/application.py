"""One run of the desktop client, from the open window to the exit code.

Closing the window only requests the end: the event loop keeps running until the connection has
been closed.
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
from tek_desktop.conversation.answer_markup import preload
from tek_desktop.desktop_options import PROGRAM, DesktopOptions
from tek_desktop.icons import icon
from tek_desktop.qt.event_loop import make_loop
from tek_desktop.qt.garbage import collect_garbage_in_this_thread
from tek_desktop.qt.qt_log import log_qt
from tek_desktop.qt.single_instance import SingleInstance, server_name, show_running_window
from tek_desktop.qt.stdin_script import read_lines
from tek_desktop.qt.unexpected_errors import UnexpectedErrors
from tek_desktop.qt.wakeups import WakeUps
from tek_desktop.sidebar.list_refresh import ListRefresh
from tek_desktop.status.page_updater import PageUpdater
from tek_desktop.status.token_entry import TokenEntry
from tek_desktop.window.main_window import Window
from tek_desktop.window.tray import LossNotifier, Tray
from tek_desktop.window.window_state import WindowState, window_state_path

_CLOSE_TIMEOUT = 2.0
"""Seconds that the connection has to close. It promises one; no message is lost without it."""

_FAREWELL_SHOWN = 0.5
"""Seconds that the farewell stays readable before the window is hidden."""


def run(options: DesktopOptions, trace: Trace | None) -> int:
    """Show the window until the user quits, and return 0.

    If a window is already open for the same gateway, bring that one to the front instead.
    """
    log_qt()
    application = make_application()
    url = _gateway_url(options.url)
    if not options.drive and show_running_window(server_name(url), options.session):
        return 0
    with (
        collect_garbage_in_this_thread(),
        asyncio.Runner(loop_factory=lambda: make_loop(application)) as runner,
    ):
        runner.run(_chat(options, url, trace))
    return 0


def make_application() -> QApplication:
    """Return the application object, with the same style on every desktop."""
    application = QApplication([PROGRAM])
    application.setApplicationDisplayName("Tek")
    application.setDesktopFileName(PROGRAM)
    application.setStyle("Fusion")
    application.setWindowIcon(icon("tek", application.palette()))
    application.setQuitOnLastWindowClosed(False)  # it would stop asyncio's event loop as well
    return application


@asynccontextmanager
async def open_window(
    window: Window,
    client: Client,
    list_refresh: ListRefresh,
    page_updater: PageUpdater,
    token_entry: TokenEntry | None = None,
) -> AsyncGenerator[Controller]:
    """Show `window` and connect it to `client` until the block ends."""
    errors = UnexpectedErrors(window.show_error)
    window.default_model = client.model
    page_updater.attach(window.connection_page)
    loss_notifier = LossNotifier(window.notified.emit, window.isActiveWindow, window)
    async with client:
        with errors.installed():
            controller = Controller(
                client,
                window,
                list_refresh,
                token_entry or TokenEntry(page_updater.url),
                errors=errors,
                view_listeners=(page_updater.draw, loss_notifier.draw),
            )
            async with asyncio.TaskGroup() as tasks:
                jobs = (controller.work(), page_updater.work(errors), asyncio.to_thread(preload))
                running = [tasks.create_task(job) for job in jobs]
                window.show()
                yield controller
                if window.is_showing_farewell:
                    await asyncio.gather(client.close(), asyncio.sleep(_FAREWELL_SHOWN))
                window.hide()
                for task in running:
                    task.cancel()


async def _chat(options: DesktopOptions, url: str, trace: Trace | None) -> None:
    window, list_refresh, page_updater = Window(), ListRefresh(), PageUpdater(url, options.url)
    quitting = asyncio.Event()
    window.user_actions.quit_requested.connect(quitting.set)
    _set_at_signals(quitting)
    listeners = [list_refresh.on_event, page_updater.on_event, *([trace.write] if trace else [])]
    client = configured_client(
        url=options.url, session_id=options.session or None, listeners=listeners
    )
    window_state = None if options.drive else _set_up_desktop(window, client, server_name(url))
    with suppress(TimeoutError):
        async with (
            asyncio.timeout(None) as close_timeout,
            open_window(window, client, list_refresh, page_updater) as controller,
            asyncio.TaskGroup() as tasks,
        ):
            submitting: asyncio.Task[None] | None = None
            if options.drive:
                submitting = tasks.create_task(_submit_stdin(window, controller, quitting))
            await quitting.wait()
            close_timeout.reschedule(asyncio.get_running_loop().time() + _CLOSE_TIMEOUT)
            if submitting is not None:
                submitting.cancel()
    if window_state is not None:
        window_state.save_geometry(window)
        window_state.save_texts("drafts", window.drafts)
        window_state.save_texts("models", window.models.chosen)


def _gateway_url(option: str | None) -> str:
    """Return the address from the command line, the environment or the settings, or ""."""
    found = find_address(option, os.environ, load_settings(settings_path())).url
    return found if isinstance(found, str) else ""


def _set_up_desktop(window: Window, client: Client, name: str) -> WindowState:
    """Restore the window's state, connect it to the desktop, and return where its state is kept."""
    window_state = WindowState(window_state_path())
    window_state.restore_geometry(window)
    window.restore_drafts(window_state.texts("drafts"))
    window.models.restore(window_state.texts("models"))
    tray = Tray(window.windowIcon(), window)
    tray.show_requested.connect(window.bring_to_front)
    tray.quit_requested.connect(window.quit)
    window.notified.connect(tray.notify)
    window.hides_on_close = tray.is_available
    WakeUps(client.retry_now, window)
    SingleInstance(name, window.show_for_second_start, window)
    return window_state


def _set_at_signals(quitting: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, quitting.set)


async def _submit_stdin(window: Window, controller: Controller, quitting: asyncio.Event) -> None:
    """Submit each line of standard input; quit at its end, once everything is answered."""
    async with aclosing(read_lines(sys.stdin.fileno())) as lines:
        async for line in lines:
            window.submit(line)
    await controller.settled()
    quitting.set()
