"""One JSON line an event, for people who want to know what happened, and for tests.

The lines hold what was said, and never a token: no event holds one. It must never raise into
the conversation that it watches, nor hold it up for longer than a moment.
"""

import errno
import json
import logging
import os
import select
import stat
import time
from dataclasses import asdict
from pathlib import Path

from reconnect_core import Connection, Event, Received
from reconnect_core.events import Blocked, Closed, Connecting, Online, Resuming, Waiting

_PATIENCE = 1.0
"""Seconds that whoever reads a full pipe has before the trace ends."""

_log = logging.getLogger(__name__)


class Trace:
    """A file that gets a line for every event; readable by its owner only.

    It may be a named pipe, whose reader may come later. One that does not keep up, or has gone,
    ends the trace.
    """

    def __init__(self, path: Path) -> None:
        """Open `path` for appending; raises `OSError`."""
        self._descriptor: int | None = _opened(path)

    def write(self, event: Event) -> None:
        """Add the line of `event`, which happens now."""
        if self._descriptor is None:
            return
        try:
            _put(self._descriptor, f"{_line(event, time.time())}\n".encode("ascii"))
        except OSError as error:
            _log.warning("the trace ends here: %s", error.strerror)
            self.close()

    def close(self) -> None:
        """Close the file."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def _opened(path: Path) -> int:
    # Opened for reading too, a pipe needs no reader yet, and later breaks for none.
    access = os.O_RDWR if path.is_fifo() else os.O_WRONLY
    descriptor = os.open(path, access | os.O_CREAT | os.O_APPEND | os.O_NONBLOCK, 0o600)
    try:
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.fchmod(descriptor, 0o600)  # it may have been there, and readable by all
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _put(descriptor: int, line: bytes) -> None:
    """Write all of `line`; raises `OSError`, `TimeoutError` for a pipe that stays full."""
    until = time.monotonic() + _PATIENCE
    room = select.poll()
    room.register(descriptor, select.POLLOUT)
    while line:
        try:
            line = line[os.write(descriptor, line) :]
        except BlockingIOError:
            left = until - time.monotonic()
            if left <= 0 or not room.poll(left * 1000):
                raise TimeoutError(errno.ETIMEDOUT, "nobody reads it") from None


def _line(event: Event, now: float) -> str:
    try:
        return json.dumps(trace_line(event, now))
    except RecursionError:
        return json.dumps({"t": now, "event": _name(event), "message": "nested too deeply"})


def trace_line(event: Event, now: float) -> dict[str, object]:
    """Return the fields of the line of `event`, which happened at `now`, in Unix seconds.

    Every time is under `t` or a name that ends in `_at`.
    """
    line: dict[str, object] = {"t": now, "event": _name(event)}
    match event:
        case (
            Connecting(connection) | Resuming(connection) | Online(connection) | Closed(connection)
        ):
            return line | _connection(connection)
        case Waiting(connection, delay) | Blocked(connection, delay):
            return line | _connection(connection) | {"delay": delay}
        case Received():
            return line | {"message": _whole(event)}
        case _:
            return line | asdict(event)


def _name(event: Event) -> str:
    return type(event).__name__.lower()


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
    """Return a message as JSON, or its text where a number in it is out of range."""
    try:
        return received.json()
    except ValueError:
        return received.text
