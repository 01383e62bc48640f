"""Keeps the connection page up to date while somebody looks at it.

It must never look while nobody does, nor draw anything itself.
"""

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
from tek_chat.view.uptime import Uptime, told
from tek_desktop.qt.unexpected_errors import UnexpectedErrors
from tek_desktop.status.check_runner import CheckRunner
from tek_desktop.status.connection_page import ConnectionPage

_EVENTS = 500
_LOOK_EVERY = 1.0
_TAIL = 65_536
"""Bytes of the gateway's log that are shown at first."""

_ACTS: Mapping[str, tuple[str, Callable[[], Awaitable[ControlResult]]]] = {
    # A window finds it wherever it comes up, so that no port is in its way.
    "start": ("Starting…", partial(start_gateway, port=0)),
    "stop": ("Stopping…", stop_gateway),
    "restart": ("Restarting…", restart_gateway),
}


class PageUpdater:
    """Hears events, and tells `page` of them; `url` "" is this machine's gateway.

    `option` is the address that the command line names, which the settings may name as well.
    """

    def __init__(self, url: str = "", option: str | None = None) -> None:
        self.url, self._option = url, option
        self._page: ConnectionPage | None = None
        self._examiner: CheckRunner | None = None
        self._lines: deque[str] = deque(maxlen=_EVENTS)
        self._shown: list[str] = []
        self._last, self._times = "", 0
        self._history, self._connection = Uptime(), Connection()
        self._is_seen, self._acts = asyncio.Event(), asyncio.Queue[str]()
        self._log = _Tail(gateway_log_path())

    def show_on(self, page: ConnectionPage) -> None:
        """Tell `page` from now on."""
        self._page = page
        self._examiner = CheckRunner(page.checks, self._option)
        page.seen.connect(self._seen)
        page.wanted.connect(self._acts.put_nowait)

    def hear(self, event: Event) -> None:
        """Take note of an event; the same one many times is one line."""
        line = told(event)
        if line == self._last:
            self._times += 1
            self._lines.pop()
        else:
            self._last, self._times = line, 1
        times = f" ({self._times} times)" if self._times > 1 else ""
        self._lines.append(f"{time.strftime('%H:%M:%S')}  {line}{times}")

    def draw(self, view: View) -> None:
        """Take note of how the connection is."""
        if view.connection is not self._connection:
            self._connection = view.connection
            self._remember()

    async def work(self, faults: UnexpectedErrors) -> None:
        """Look, tell and act, until cancelled; nothing that goes wrong ends it."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._look(faults))
            tasks.create_task(self._act(faults))
            if self._examiner is not None:
                tasks.create_task(self._examiner.work(faults))

    async def _look(self, faults: UnexpectedErrors) -> None:
        while True:
            await self._is_seen.wait()
            if (page := self._page) is not None:
                with faults.caught():
                    self._remember()
                    page.draw(self._history)
                    self._tell_events(page)
                    await self._tell_gateway(page)
            await asyncio.sleep(_LOOK_EVERY)

    def _tell_events(self, page: ConnectionPage) -> None:
        if self._shown != [*self._lines]:
            self._shown = [*self._lines]
            page.events.setPlainText("\n".join(self._shown))
            page.events.moveCursor(page.events.textCursor().MoveOperation.End)

    async def _tell_gateway(self, page: ConnectionPage) -> None:
        url, is_local = self.url, not self.url
        if is_local:
            url = await local_url()
        health = await read_health_at(url) if url else None
        page.tell_health(url, health, is_local=is_local)
        page.tabs.setTabVisible(1, is_local)
        if is_local and (added := await asyncio.to_thread(self._log.read)):
            page.gateway_log.appendPlainText(added.rstrip("\n"))

    def _remember(self) -> None:
        self._history = self._history.after(self._connection, time.time())

    async def _act(self, faults: UnexpectedErrors) -> None:
        while True:
            doing, act = _ACTS[await self._acts.get()]
            with faults.caught():
                self._tell_act(doing)
                try:
                    self._tell_act(str(await act()))
                except OSError as error:
                    self._tell_act(f"✕ {error}")

    def _tell_act(self, text: str) -> None:
        if self._page is not None:
            self._page.tell_act(text)

    def _seen(self, is_seen: bool) -> None:  # noqa: FBT001 - Qt's signal has it
        (self._is_seen.set if is_seen else self._is_seen.clear)()


class _Tail:
    """What is added to a log, also by the file that takes its place."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = (0, 0)
        self._read_to = 0

    def read(self) -> str:
        """Return what has come since, at first the end of what there is."""
        try:
            with self._path.open("rb") as log:
                about = os.fstat(log.fileno())
                known, self._file = self._file, (about.st_dev, about.st_ino)
                if known != self._file:
                    is_first = known == (0, 0)
                    self._read_to = max(0, about.st_size - _TAIL) if is_first else 0
                log.seek(self._read_to)
                added = log.read()
                self._read_to += len(added)
                return added.decode(errors="replace")
        except OSError:  # there is no log yet
            return ""
