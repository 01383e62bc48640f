"""Writes one JSON line for each event, for debugging and for tests.

The lines contain the messages, but no token, since no event has one. A trace that fails ends; the
conversation goes on.
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

_PIPE_TIMEOUT = 1.0
"""Seconds to wait for the reader of a full pipe before the trace ends."""

_log = logging.getLogger(__name__)


class Trace:
    """A file with a line for every event; readable by its owner only.

    It may be a named pipe, whose reader may open it later. A reader that does not keep up, or
    closes the pipe, ends the trace.
    """

    def __init__(self, path: Path) -> None:
        """Open `path` for appending; raises `OSError`."""
        self._descriptor: int | None = _opened(path)

    def write(self, event: Event) -> None:
        """Append the line of `event`, with the current time."""
        if self._descriptor is None:
            return
        try:
            _put(self._descriptor, f"{_line(event, time.time())}\n".encode("ascii"))
        except OSError as error:
            _log.warning("the trace has ended: %s", error.strerror)
            self.close()

    def close(self) -> None:
        """Close the file."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def _opened(path: Path) -> int:
    # Open a pipe for reading too: then it needs no reader yet, and does not break without one.
    access = os.O_RDWR if path.is_fifo() else os.O_WRONLY
    descriptor = os.open(path, access | os.O_CREAT | os.O_APPEND | os.O_NONBLOCK, 0o600)
    try:
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.fchmod(descriptor, 0o600)  # an existing file may be readable by all
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _put(descriptor: int, line: bytes) -> None:
    """Write all of `line`; raises `OSError`, `TimeoutError` for a pipe that stays full."""
    until = time.monotonic() + _PIPE_TIMEOUT
    room = select.poll()
    room.register(descriptor, select.POLLOUT)
    while line:
        try:
            line = line[os.write(descriptor, line) :]
        except BlockingIOError:
            left = until - time.monotonic()
            if left <= 0 or not room.poll(left * 1000):
                raise TimeoutError(errno.ETIMEDOUT, "no reader") from None


def _line(event: Event, now: float) -> str:
    try:
        return json.dumps(trace_line(event, now))
    except RecursionError:
        return json.dumps({"t": now, "event": _name(event), "message": "nested too deeply"})


def trace_line(event: Event, now: float) -> dict[str, object]:
    """Return the fields of the line of `event`, which happened at `now`, in Unix seconds.

    Fields with a time are `t` and those that end in `_at`.
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
    """Return a message as JSON, or as text if a number in it is out of range."""
    try:
        return received.json()
    except ValueError:
        return received.text
