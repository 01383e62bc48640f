"""Check that 2,000 reconnects leave nothing behind.

One `Session` in resume mode, with a real gateway behind a proxy in this process that resets the
connection as soon as the session is online. The descriptors, tasks and threads of this process,
including the proxy's, are counted before and after, while online. Limits: the same numbers, and 5 %
more resident memory.
"""

import asyncio
import gc
import sys
import time
from dataclasses import dataclass
from typing import Self

import psutil

from reconnect_core import Backoff, Online, Session
from reconnect_core.testing import settle, until
from tek_chat.tek_dialect import TEK_DIALECT
from tek_testing.faults.fault_proxy import FaultProxy
from tek_testing.faults.refusing_listener import Reset
from tek_testing.gateway.gateway_process import GatewayProcess

WARM_UP = 200
RECONNECTS = 2_000
LIMIT = 1.05
HASTY = Backoff(base=0.001, cap=0.001)
MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Held:
    """The resources that this process holds."""

    descriptors: int
    tasks: int
    threads: int
    resident: float

    @classmethod
    def now(cls) -> Self:
        """Count."""
        gc.collect()
        process = psutil.Process()
        tasks, resident = len(asyncio.all_tasks()), process.memory_info().rss / MEGABYTE
        return cls(process.num_fds(), tasks, process.num_threads(), resident)

    @property
    def counts(self) -> tuple[int, int, int]:
        """All except the memory."""
        return self.descriptors, self.tasks, self.threads

    def __str__(self) -> str:
        counts = f"{self.descriptors} descriptors, {self.tasks} tasks, {self.threads} threads"
        return f"{counts}, {self.resident:.1f} MB"


async def reconnect(session: Session, proxy: FaultProxy, times: int) -> Held:
    """Break the connection that often, and return the resources once it is back."""
    for _ in range(times):
        proxy.break_all(Reset())
        await until(session, Online)
    await settle()  # the proxy closes the last connection
    return Held.now()


async def main() -> int:
    """Print the resources before and after."""
    async with (
        GatewayProcess() as gateway,
        FaultProxy(gateway.port) as proxy,
        Session(proxy.url, dialect=TEK_DIALECT, backoff=HASTY) as session,
    ):
        await until(session, Online)
        before = await reconnect(session, proxy, WARM_UP)
        begin = time.perf_counter()
        after = await reconnect(session, proxy, RECONNECTS)
        each = (time.perf_counter() - begin) / RECONNECTS * 1_000
        dials = proxy.accepted
    growth = after.resident / before.resident
    print(f"before {before}")
    print(f"after  {after}, {RECONNECTS} reconnects later, {each:.1f} ms each, {dials} dials")
    print(f"memory after / before = {growth:.3f} (limit {LIMIT})")
    return int(after.counts != before.counts or growth > LIMIT)


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
