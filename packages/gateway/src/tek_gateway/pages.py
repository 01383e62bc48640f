"""What the gateway says of itself over HTTP: whether it lives, whether it is ready, and counts.

It must never say more than that it lives to somebody who is not trusted.
"""

import os
from time import monotonic

from tek_gateway.journal import Journal
from tek_gateway.server import Page, Watcher
from tek_gateway.turns import Turns
from tek_gateway.version import VERSION
from tek_protocol import encode

_METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_NOT_YOURS = Page("A token is needed that this gateway knows.\n", "text/plain", 401)


class Pages:
    """The pages of one run of a gateway."""

    def __init__(self, instance: str, journal: Journal, turns: Turns) -> None:
        self._instance = instance
        self._journal = journal
        self._turns = turns
        self._began = monotonic()

    async def page(self, path: str, watcher: Watcher) -> Page | None:
        """Return the page at `path`, if there is one."""
        match path:
            case "/health":
                return Page(encode(await self._health(watcher)))
            case "/ready" if self._journal.is_full:
                return Page(encode({"status": "the disk is full"}), status=503)
            case "/ready":
                return Page(encode({"status": "ready"}))
            case "/metrics":
                return self._metrics(watcher) if watcher.is_trusted else _NOT_YOURS
            case _:
                return None

    async def _health(self, watcher: Watcher) -> dict[str, object]:
        alive: dict[str, object] = {"status": "ok", "instance": self._instance}
        if not watcher.is_trusted:
            return alive
        return {
            **alive,
            "version": VERSION,
            "pid": os.getpid(),
            "uptime": round(monotonic() - self._began, 3),
            "connections": watcher.connections,
            "sessions": await self._journal.store.count(),
        }

    def _metrics(self, watcher: Watcher) -> Page:
        gauges: dict[str, float] = {
            "connections": watcher.connections,
            "sessions_answered": self._turns.running,
            "storage_full": int(self._journal.is_full),
            "uptime_seconds": round(monotonic() - self._began, 3),
        }
        return Page(self._journal.metrics.text(gauges), _METRICS_TYPE)
