"""Ends a process that is not our child, safely even if its process ID is reused."""

import os
import select
import signal
import time

_POLL_INTERVAL = 0.05


class RunningProcess:
    """A running process; on Linux it is held by a pidfd, so that its ID cannot be reused."""

    def __init__(self, pid: int) -> None:
        """Open `pid`; raises `ProcessLookupError` if there is no such process."""
        self._pid = pid
        os.kill(pid, 0)
        self._descriptor = os.pidfd_open(pid) if hasattr(os, "pidfd_open") else None

    def terminate(self) -> None:
        """Send SIGTERM; raises `ProcessLookupError` if it has ended."""
        if self._descriptor is None:
            os.kill(self._pid, signal.SIGTERM)
        else:
            signal.pidfd_send_signal(self._descriptor, signal.SIGTERM)

    def wait(self, seconds: float) -> bool:
        """Return whether it ends within `seconds`; blocks."""
        if self._descriptor is not None:
            return bool(select.select([self._descriptor], [], [], seconds)[0])
        give_up_at = time.monotonic() + seconds
        while self._is_there():
            if time.monotonic() >= give_up_at:
                return False
            time.sleep(_POLL_INTERVAL)
        return True

    def close(self) -> None:
        """Release the process."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _is_there(self) -> bool:
        try:
            os.kill(self._pid, 0)
        except ProcessLookupError:
            return False
        return True
