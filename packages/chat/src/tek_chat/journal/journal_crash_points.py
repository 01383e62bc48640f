"""Crash points: places where a test makes a chat client kill itself.

`TEK_CRASH_AT=NAME` kills it with SIGKILL when it first reaches that point, `NAME:N` the Nth time.
Without the variable they do nothing.

| point | reached |
|---|---|
| `before-commit` | by every transaction of the journal, before it is durable |
| `after-commit` | by every transaction of the journal, durable but not yet reported |
"""

from tek_local.crash_points import CrashPoints

VARIABLE = "TEK_CRASH_AT"

crash_point = CrashPoints(VARIABLE).reach
