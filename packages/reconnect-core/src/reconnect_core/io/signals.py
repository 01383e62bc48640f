"""Messages for the current connection only.

What has to arrive goes through the outbox.
"""

from collections import deque
from collections.abc import Mapping

from reconnect_core.errors import MessageTooLarge, OutboxFull
from tek_protocol import encode

_LIMIT = 256
"""Signals that may wait while the link is busy."""


class Signals:
    """Unacknowledged frames to be written; `frame_bytes` is the largest size of one."""

    def __init__(self, frame_bytes: int) -> None:
        self._frame_bytes = frame_bytes
        self._frames: deque[str] = deque()

    def add(self, message: Mapping[str, object]) -> None:
        """Add a signal, to be written on the open link; raises `NotQueued`."""
        frame = encode(message)
        if (size := len(frame.encode())) > self._frame_bytes:
            raise MessageTooLarge(size, self._frame_bytes)
        if len(self._frames) >= _LIMIT:
            raise OutboxFull(len(self._frames), sum(len(each.encode()) for each in self._frames))
        self._frames.append(frame)

    def take(self) -> str | None:
        """Return the next frame, once."""
        return self._frames.popleft() if self._frames else None

    def link_lost(self) -> None:
        """Drop what was not written."""
        self._frames.clear()
