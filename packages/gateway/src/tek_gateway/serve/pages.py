"""The pages that the gateway serves about itself: `/health`, `/ready` and `/metrics`."""

import os
from time import monotonic

from tek_gateway.serve.http_page import TOKEN_REQUIRED, HttpPage, PageRequester
from tek_gateway.turns.scheduler import Scheduler
from tek_gateway.version import VERSION
from tek_protocol import encode

_METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_UNAUTHORIZED = HttpPage(TOKEN_REQUIRED, "text/plain", 401)


class Pages:
    """The pages of one run of a gateway; an untrusted requester learns only that it is alive."""

    def __init__(self, instance: str, scheduler: Scheduler) -> None:
        self._instance = instance
        self._scheduler = scheduler
        self._commits = scheduler.commits
        self._started_at = monotonic()

    async def find(self, path: str, requester: PageRequester) -> HttpPage | None:
        """Return the page at `path`, if there is one."""
        match path:
            case "/health":
                return HttpPage(encode(await self._health(requester)))
            case "/ready" if self._commits.is_full:
                return HttpPage(encode({"status": "the disk is full"}), status=503)
            case "/ready":
                return HttpPage(encode({"status": "ready"}))
            case "/metrics":
                return self._metrics(requester) if requester.is_trusted else _UNAUTHORIZED
            case _:
                return None

    async def _health(self, requester: PageRequester) -> dict[str, object]:
        alive: dict[str, object] = {"status": "ok", "instance": self._instance}
        if not requester.is_trusted:
            return alive
        return {
            **alive,
            "version": VERSION,
            "pid": os.getpid(),
            "uptime": round(monotonic() - self._started_at, 3),
            "connections": requester.connections,
            "sessions": await self._commits.store.count(),
        }

    def _metrics(self, requester: PageRequester) -> HttpPage:
        gauges: dict[str, float] = {
            "connections": requester.connections,
            "sessions_answered": self._scheduler.active_sessions,
            "storage_full": int(self._commits.is_full),
            "uptime_seconds": round(monotonic() - self._started_at, 3),
        }
        return HttpPage(self._commits.metrics.text(gauges), _METRICS_TYPE)
