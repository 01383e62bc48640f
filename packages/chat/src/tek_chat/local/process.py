"""Ending a process that is not our child. It must never signal a process id that was reused."""

import os
import select
import signal
import time

_LOOK_EVERY = 0.05


class RunningProcess:
    """A process, held so that its id keeps its meaning where the system can do that (Linux)."""

    def __init__(self, pid: int) -> None:
        """Take hold of `pid`; raises `ProcessLookupError` if there is no such process."""
        self._pid = pid
        os.kill(pid, 0)
        self._descriptor = os.pidfd_open(pid) if hasattr(os, "pidfd_open") else None

    def terminate(self) -> None:
        """Ask it to stop; raises `ProcessLookupError` if it has ended."""
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
            time.sleep(_LOOK_EVERY)
        return True

    def close(self) -> None:
        """Let go of it."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _is_there(self) -> bool:
        try:
            os.kill(self._pid, 0)
        except ProcessLookupError:
            return False
        return True
