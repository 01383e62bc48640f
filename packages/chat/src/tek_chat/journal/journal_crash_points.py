"""Named points at which a test kills a chat client from within.

`TEK_CRASH_AT=NAME` kills it with SIGKILL when it first reaches that point, `NAME:N` when it
reaches it for the Nth time. It must never do anything without that variable.

| point | reached |
|---|---|
| `before-commit` | by every change to the journal, when all is written and nothing is durable |
| `after-commit` | by every change to the journal, when it is durable and nobody has been told |
"""

from tek_local.crash_points import CrashPoints

VARIABLE = "TEK_CRASH_AT"

crash_point = CrashPoints(VARIABLE).reach
