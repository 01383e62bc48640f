"""A gateway that records when its commits were durable: FOLDER CORE; its ready line has the port.

At SIGTERM it writes `commits` into FOLDER: a `RECORD` for each entry. Apart from
that it does no more for an entry than any other gateway.
"""

import asyncio
import json
import os
import signal
import struct
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tek_gateway.errors import StoreError
from tek_gateway.gateway import GatewaySettings, running
from tek_gateway.host.process_tuning import raise_file_limit, settle
from tek_gateway.limits import ServerLimits
from tek_gateway.models.echo import EchoModel
from tek_gateway.store.changes import Change, Result
from tek_gateway.store.sqlite.log_writer import LogWriter

RECORD = struct.Struct("32sqq")
"""The session, the last `seq` of a change, and the nanosecond of `time.monotonic_ns` when it was
durable."""

MANY = 10**9
LIMITS = ServerLimits(connections=5_000, connections_each=5_000, requests=MANY)

_notes: list[tuple[str, int, int]] = []
_commit = LogWriter.commit


def _noted(self: LogWriter, changes: Sequence[Change]) -> list[Result]:
    results = _commit(self, changes)
    now = time.monotonic_ns()
    made = (result for result in results if result and not isinstance(result, StoreError))
    _notes.extend((entries[-1].session_id, entries[-1].seq, now) for entries in made)
    return results


async def serve(folder: Path) -> None:
    """Run a gateway until SIGTERM."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    runtime = folder / "runtime.json"
    settings = GatewaySettings("127.0.0.1", 0, folder / "data", runtime, EchoModel(), limits=LIMITS)
    async with running(settings, stop.set) as found:
        settle()
        print(json.dumps({"url": found.url}), flush=True)
        await stop.wait()


def main(folder: Path, core: int) -> None:
    """Run, and write the records."""
    os.sched_setaffinity(0, {core})
    raise_file_limit(LIMITS.connections)
    LogWriter.commit = _noted
    asyncio.run(serve(folder))
    with (folder / "commits").open("wb") as file:
        for session_id, seq, at in _notes:
            file.write(RECORD.pack(session_id.encode(), seq, at))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
