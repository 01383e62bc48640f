"""What the gateway says of itself over HTTP: whether it lives, whether it is ready, and counts.

It must never say more than that it lives to somebody who is not trusted.
"""

import os
from time import monotonic

from tek_gateway.serve.server import HttpPage, PageRequester
from tek_gateway.store.commit_queue import CommitQueue
from tek_gateway.turns.scheduler import Scheduler
from tek_gateway.version import VERSION
from tek_protocol import encode

_METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_NOT_YOURS = HttpPage("A token is needed that this gateway knows.\n", "text/plain", 401)


class Pages:
    """The pages of one run of a gateway."""

    def __init__(self, instance: str, journal: CommitQueue, turns: Scheduler) -> None:
        self._instance = instance
        self._journal = journal
        self._turns = turns
        self._began = monotonic()

    async def page(self, path: str, watcher: PageRequester) -> HttpPage | None:
        """Return the page at `path`, if there is one."""
        match path:
            case "/health":
                return HttpPage(encode(await self._health(watcher)))
            case "/ready" if self._journal.is_full:
                return HttpPage(encode({"status": "the disk is full"}), status=503)
            case "/ready":
                return HttpPage(encode({"status": "ready"}))
            case "/metrics":
                return self._metrics(watcher) if watcher.is_trusted else _NOT_YOURS
            case _:
                return None

    async def _health(self, watcher: PageRequester) -> dict[str, object]:
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

    def _metrics(self, watcher: PageRequester) -> HttpPage:
        gauges: dict[str, float] = {
            "connections": watcher.connections,
            "sessions_answered": self._turns.running,
            "storage_full": int(self._journal.is_full),
            "uptime_seconds": round(monotonic() - self._began, 3),
        }
        return HttpPage(self._journal.metrics.text(gauges), _METRICS_TYPE)
