"""What is said to the gateway at this moment, and to no later connection.

It must never hold what has to arrive: that goes through the outbox.
"""

from collections import deque
from collections.abc import Mapping

from reconnect_core.errors import MessageTooLarge, OutboxFull
from tek_protocol import encode

_MOST = 256
"""Signals that a link which takes nothing holds up."""


class Signals:
    """Frames that nobody acknowledges; `frame_bytes` is the size of the largest."""

    def __init__(self, frame_bytes: int) -> None:
        self._frame_bytes = frame_bytes
        self._frames: deque[str] = deque()

    def add(self, message: Mapping[str, object]) -> None:
        """Take a signal to be written on the link that is open; raises `NotQueued`."""
        frame = encode(message)
        if (size := len(frame.encode())) > self._frame_bytes:
            raise MessageTooLarge(size, self._frame_bytes)
        if len(self._frames) >= _MOST:
            raise OutboxFull(len(self._frames), sum(len(each.encode()) for each in self._frames))
        self._frames.append(frame)

    def take(self) -> str | None:
        """Return the next frame, once."""
        return self._frames.popleft() if self._frames else None

    def link_lost(self) -> None:
        """Forget what was not written."""
        self._frames.clear()
