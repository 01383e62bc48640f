"""One run of the desktop client, from an open window to an exit code.

It must never end the event loop from within Qt: closing the window is a request, and the
connection is put away first.
"""

import asyncio
import signal
import sys
from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager, suppress

from PySide6.QtWidgets import QApplication

from tek_chat import Client, Trace, configured_client
from tek_desktop.desk import Desk
from tek_desktop.faults import Faults
from tek_desktop.garbage import collected_here
from tek_desktop.listing import Listing
from tek_desktop.loop import make_loop
from tek_desktop.options import PROGRAM, Options
from tek_desktop.qt_log import log_qt
from tek_desktop.script import lines_of
from tek_desktop.window import Window

_GOODBYE = 2.0
"""Seconds that the connection has to close, though it promises one; nothing is lost without."""


def run(options: Options, trace: Trace | None) -> int:
    """Show the window until the user has had enough, and return 0."""
    log_qt()
    application = make_application()
    with collected_here(), asyncio.Runner(loop_factory=lambda: make_loop(application)) as runner:
        runner.run(_chat(options, trace))
    return 0


def make_application() -> QApplication:
    """Return the one application object, which looks the same on every desktop."""
    application = QApplication([PROGRAM])
    application.setApplicationDisplayName("Tek")
    application.setDesktopFileName(PROGRAM)
    application.setStyle("Fusion")
    application.setQuitOnLastWindowClosed(False)  # it would stop the event loop under our feet
    return application


@asynccontextmanager
async def opened(window: Window, client: Client, listing: Listing) -> AsyncGenerator[Desk]:
    """Show `window` and let `client` work for it, until the block ends."""
    faults = Faults(window.warn)
    async with client:
        with faults.watched():
            desk = Desk(client, window, listing, faults)
            async with asyncio.TaskGroup() as tasks:
                work = tasks.create_task(desk.work())
                window.show()
                yield desk
                window.hide()
                work.cancel()


async def _chat(options: Options, trace: Trace | None) -> None:
    window, listing, leaving = Window(), Listing(), asyncio.Event()
    window.wishes.left.connect(leaving.set)
    _leave_at_signal(leaving)
    listeners = [listing.hear, *([trace.write] if trace else [])]
    client = configured_client(
        url=options.url, session_id=options.session or None, listeners=listeners
    )
    with suppress(TimeoutError):
        async with (
            asyncio.timeout(None) as patience,
            opened(window, client, listing) as desk,
            asyncio.TaskGroup() as tasks,
        ):
            driver = tasks.create_task(_drive(window, desk, leaving)) if options.drive else None
            await leaving.wait()
            patience.reschedule(asyncio.get_running_loop().time() + _GOODBYE)
            if driver is not None:
                driver.cancel()


def _leave_at_signal(leaving: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, leaving.set)


async def _drive(window: Window, desk: Desk, leaving: asyncio.Event) -> None:
    """Type what stands on standard input; at its end, leave when everything is answered."""
    async with aclosing(lines_of(sys.stdin.fileno())) as lines:
        async for line in lines:
            window.write(line)
    await desk.settled()
    leaving.set()
