"""One JSON line an event, for people who want to know what happened, and for tests.

The lines hold what was said, and never a token: no event holds one. It must never raise into
the conversation that it watches.
"""

import json
import logging
import os
import time
from dataclasses import asdict
from pathlib import Path
from typing import TextIO

import msgspec

from reconnect_core import Connection, Event, Received
from reconnect_core.events import Blocked, Closed, Connecting, Online, Waiting

_log = logging.getLogger(__name__)


class Trace:
    """A file that gets a line for every event; readable by its owner only."""

    def __init__(self, path: Path) -> None:
        """Open `path` for appending, a named pipe included; raises `OSError`."""
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._file: TextIO | None = os.fdopen(descriptor, "w", encoding="utf-8", buffering=1)

    def write(self, event: Event) -> None:
        """Add the line of `event`, which happens now."""
        if self._file is None:
            return
        try:
            self._file.write(json.dumps(trace_line(event, time.time())) + "\n")
        except OSError as error:
            _log.warning("the trace ends here: %s", error.strerror)
            self._file = None

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None


def trace_line(event: Event, now: float) -> dict[str, object]:
    """Return the fields of the line of `event`, which happened at `now`, in Unix seconds.

    Every time is under `t` or a name that ends in `_at`.
    """
    line: dict[str, object] = {"t": now, "event": type(event).__name__.lower()}
    match event:
        case Connecting(connection) | Online(connection) | Closed(connection):
            return line | _connection(connection)
        case Waiting(connection, delay) | Blocked(connection, delay):
            return line | _connection(connection) | {"delay": delay}
        case Received():
            return line | {"message": _whole(event)}
        case _:
            return line | asdict(event)


def _connection(connection: Connection) -> dict[str, object]:
    return {
        "attempt": connection.attempt,
        "retry_at": connection.retry_at,
        "reason": connection.reason,
        "queued": connection.queued,
        "uncertain": connection.uncertain,
        "session_id": connection.session_id,
    }


def _whole(received: Received) -> object:
    """Return a message as JSON, or its text where only the envelope could be read."""
    try:
        return received.json()
    except (msgspec.DecodeError, RecursionError):
        return received.text
