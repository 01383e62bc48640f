"""Keeps the connection page up to date while somebody looks at it.

It must never look while nobody does, nor draw anything itself.
"""

import asyncio
import os
import time
from collections import deque
from pathlib import Path
from typing import BinaryIO

from reconnect_core import Connection, Event
from tek_chat import View
from tek_chat.health import read_health_at
from tek_chat.history import History, told
from tek_chat.local_gateway import (
    gateway_log_path,
    local_url,
    restart_gateway,
    start_gateway,
    stop_gateway,
)
from tek_desktop.widgets.connection_page import ConnectionPage

_EVENTS = 500
_LOOK_EVERY = 1.0
_TAIL = 65_536
"""Bytes of the gateway's log that are shown at first."""

_ACTS = {"start": start_gateway, "stop": stop_gateway, "restart": restart_gateway}


class Observer:
    """Hears events, and tells `page` of them; `url` "" is this machine's gateway."""

    def __init__(self, url: str = "") -> None:
        self._url = url
        self._page: ConnectionPage | None = None
        self._lines: deque[str] = deque(maxlen=_EVENTS)
        self._last, self._times = "", 0
        self._history, self._connection = History(), Connection()
        self._is_seen, self._acts = asyncio.Event(), asyncio.Queue[str]()
        self._log = _Tail(gateway_log_path())

    def show_on(self, page: ConnectionPage) -> None:
        """Tell `page` from now on."""
        self._page = page
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

    async def work(self) -> None:
        """Look, tell and act, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._look())
            tasks.create_task(self._act())

    async def _look(self) -> None:
        shown: list[str] = []
        while True:
            await self._is_seen.wait()
            if (page := self._page) is not None:
                self._remember()
                page.draw(self._history)
                if shown != [*self._lines]:
                    shown = [*self._lines]
                    page.events.setPlainText("\n".join(shown))
                    page.events.moveCursor(page.events.textCursor().MoveOperation.End)
                await self._tell_gateway(page)
            await asyncio.sleep(_LOOK_EVERY)

    async def _tell_gateway(self, page: ConnectionPage) -> None:
        url, is_local = self._url, not self._url
        if is_local:
            url = await local_url()
        health = await read_health_at(url) if url else None
        page.tell_health(url, health, is_local=is_local)
        page.tabs.setTabVisible(1, is_local)
        if is_local and (added := await asyncio.to_thread(self._log.read)):
            page.gateway_log.appendPlainText(added.rstrip("\n"))

    def _remember(self) -> None:
        self._history = self._history.after(self._connection, time.time())

    async def _act(self) -> None:
        while True:
            act = await self._acts.get()
            problem = ""
            try:
                await _ACTS[act]()
            except OSError as error:
                problem = str(error)
            if self._page is not None:
                self._page.tell_problem(problem)

    def _seen(self, is_seen: bool) -> None:  # noqa: FBT001 - Qt's signal has it
        (self._is_seen.set if is_seen else self._is_seen.clear)()


class _Tail:
    """What is added to a log, also by the file that takes its place."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: BinaryIO | None = None

    def read(self) -> str:
        """Return what has come since, at first the end of what there is."""
        try:
            if self._file is None:
                self._file = self._path.open("rb")
                self._file.seek(max(0, os.fstat(self._file.fileno()).st_size - _TAIL))
            elif not os.path.samestat(os.fstat(self._file.fileno()), self._path.stat()):
                self._file.close()
                self._file = self._path.open("rb")
            return self._file.read().decode(errors="replace")
        except OSError:  # there is no log yet
            return ""
