"""Named points at which a test kills a process from within, where no signal could hit so well.

`TEK_GATEWAY_CRASH_AT=NAME` kills the gateway with SIGKILL when it first reaches that point,
`NAME:N` when it reaches it for the Nth time. Without the variable, nothing happens.

| point | reached |
|---|---|
| `before-commit` | by every transaction, when all is written and nothing is durable |
| `after-commit` | by every transaction, when it is durable and no client has been told |
| `after-ack` | when a user's message has been sent to its client as a log entry |
| `mid-turn` | by every delta that is durable and not yet sent |
| `before-fold` | by every turn that is about to fold |
| `after-fold` | by every turn that has folded, before any client is told |
"""

import os
import signal
import threading

VARIABLE = "TEK_GATEWAY_CRASH_AT"


class CrashPoints:
    """The crash points of one program; the environment variable `variable` chooses one."""

    def __init__(self, variable: str) -> None:
        self._name, _, count = os.environ.get(variable, "").partition(":")
        self._passes = threading.Semaphore(int(count or "1") - 1)

    def reach(self, name: str) -> None:
        """Die here if this point is chosen."""
        if name == self._name and not self._passes.acquire(blocking=False):
            os.kill(os.getpid(), signal.SIGKILL)


crash_point = CrashPoints(VARIABLE).reach
