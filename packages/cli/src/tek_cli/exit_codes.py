"""The exit codes of `tek-cli`, and how `--help` explains them.

Every command imports this module, so it imports nothing heavy.
"""

from enum import IntEnum
from typing import Self


class Exit(IntEnum):
    """An exit code of `tek-cli`; `meaning` explains it in the help."""

    meaning: str

    def __new__(cls, code: int, meaning: str) -> Self:
        """Create a member from its code and its meaning."""
        member = int.__new__(cls, code)
        member._value_ = code
        member.meaning = meaning
        return member

    OK = 0, "ok"
    FAILED = 1, "failed"
    USAGE = 2, "invalid usage or settings"
    UNREACHABLE = 3, "gateway not reachable"
    REFUSED = 4, "token missing or rejected"
    INCOMPATIBLE = 5, "not a Tek gateway"
    SESSION_LOST = 6, "session not found"
    TIMED_OUT = 7, "no complete answer within --timeout; the text so far is printed"
    INTERRUPTED = 130, "interrupted (Ctrl+C)"
    BROKEN_PIPE = 141, "standard output was closed"


def explain(*codes: Exit, failed: str = Exit.FAILED.meaning) -> str:
    r"""Return a help paragraph with one line for each code; `failed` explains code 1.

    It begins with `\b`, so that typer does not wrap it.
    """
    meanings = {Exit.FAILED: failed}
    lines = (f"  {code:>3}  {meanings.get(code, code.meaning)}" for code in codes)
    return "\n".join(("\b", "Exit codes:", *lines))
