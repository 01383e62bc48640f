"""Keeps the connection page up to date while it is visible."""

import asyncio
import os
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from pathlib import Path

from reconnect_core import Connection, Event
from tek_chat import View
from tek_chat.local.control import (
    ControlResult,
    gateway_log_path,
    local_url,
    restart_gateway,
    start_gateway,
    stop_gateway,
)
from tek_chat.local.health import read_health_at
from tek_chat.view.uptime import Uptime, event_line
from tek_desktop.qt.unexpected_errors import UnexpectedErrors
from tek_desktop.status.check_runner import CheckRunner
from tek_desktop.status.connection_page import ConnectionPage

_MAX_EVENTS = 500
_UPDATE_INTERVAL = 1.0
"""Seconds."""

_TAIL_SIZE = 65_536
"""Bytes of the gateway's log that are shown at first."""

_CONTROLS: Mapping[str, tuple[str, Callable[[], Awaitable[ControlResult]]]] = {
    # Any free port will do: the window finds the gateway by its runtime file.
    "start": ("Starting…", partial(start_gateway, port=0)),
    "stop": ("Stopping…", stop_gateway),
    "restart": ("Restarting…", restart_gateway),
}


class PageUpdater:
    """Collects events and the uptime, and shows them on a page.

    `url` is the address of the gateway, "" for the one on this computer; `option` is the address
    from the command line, if it has one.
    """

    def __init__(self, url: str = "", option: str | None = None) -> None:
        self.url, self._option = url, option
        self._page: ConnectionPage | None = None
        self._check_runner: CheckRunner | None = None
        self._lines: deque[str] = deque(maxlen=_MAX_EVENTS)
        self._shown: list[str] = []
        self._last, self._times = "", 0
        self._uptime, self._connection = Uptime(), Connection()
        self._is_visible, self._controls = asyncio.Event(), asyncio.Queue[str]()
        self._log = _LogTail(gateway_log_path())

    def attach(self, page: ConnectionPage) -> None:
        """Keep `page` up to date from now on."""
        self._page = page
        self._check_runner = CheckRunner(page.checks, self._option)
        page.visibility_changed.connect(self._set_visible)
        page.control_requested.connect(self._controls.put_nowait)

    def on_event(self, event: Event) -> None:
        """Add a line for `event`; a repeated event is counted in its line."""
        line = event_line(event)
        if line == self._last:
            self._times += 1
            self._lines.pop()
        else:
            self._last, self._times = line, 1
        times = f" ({self._times} times)" if self._times > 1 else ""
        self._lines.append(f"{time.strftime('%H:%M:%S')}  {line}{times}")

    def draw(self, view: View) -> None:
        """Record a change of the connection."""
        if view.connection is not self._connection:
            self._connection = view.connection
            self._record_uptime()

    async def work(self, errors: UnexpectedErrors) -> None:
        """Update the page and control the gateway, until cancelled; `errors` reports what fails."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._update(errors))
            tasks.create_task(self._run_controls(errors))
            if self._check_runner is not None:
                tasks.create_task(self._check_runner.work(errors))

    async def _update(self, errors: UnexpectedErrors) -> None:
        while True:
            await self._is_visible.wait()
            if (page := self._page) is not None:
                with errors.reported():
                    self._record_uptime()
                    page.draw(self._uptime)
                    self._show_events(page)
                    await self._show_gateway(page)
            await asyncio.sleep(_UPDATE_INTERVAL)

    def _show_events(self, page: ConnectionPage) -> None:
        if self._shown != [*self._lines]:
            self._shown = [*self._lines]
            page.events.setPlainText("\n".join(self._shown))
            page.events.moveCursor(page.events.textCursor().MoveOperation.End)

    async def _show_gateway(self, page: ConnectionPage) -> None:
        url, is_local = self.url, not self.url
        if is_local:
            url = await local_url()
        health = await read_health_at(url) if url else None
        page.show_health(url, health, is_local=is_local)
        page.tabs.setTabVisible(1, is_local)
        if is_local and (added := await asyncio.to_thread(self._log.read)):
            page.gateway_log.appendPlainText(added.rstrip("\n"))

    def _record_uptime(self) -> None:
        self._uptime = self._uptime.after(self._connection, time.time())

    async def _run_controls(self, errors: UnexpectedErrors) -> None:
        while True:
            progress, control = _CONTROLS[await self._controls.get()]
            with errors.reported():
                self._show_progress(progress)
                try:
                    self._show_progress(str(await control()))
                except OSError as error:
                    self._show_progress(f"✕ {error}")

    def _show_progress(self, text: str) -> None:
        if self._page is not None:
            self._page.show_progress(text)

    def _set_visible(self, is_visible: bool) -> None:  # noqa: FBT001 - Qt's signal has it
        (self._is_visible.set if is_visible else self._is_visible.clear)()


class _LogTail:
    """The end of a log file, which may be replaced by another one."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = (0, 0)
        self._read_to = 0

    def read(self) -> str:
        """Return what was added since the last call; the first call returns the end of the file."""
        try:
            with self._path.open("rb") as log:
                about = os.fstat(log.fileno())
                known, self._file = self._file, (about.st_dev, about.st_ino)
                if known != self._file:
                    is_first = known == (0, 0)
                    self._read_to = max(0, about.st_size - _TAIL_SIZE) if is_first else 0
                log.seek(self._read_to)
                added = log.read()
                self._read_to += len(added)
                return added.decode(errors="replace")
        except OSError:  # there is no log yet
            return ""
