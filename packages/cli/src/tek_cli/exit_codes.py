"""What the exit codes mean, to scripts and in `--help`.

It must never import anything heavy: every command needs it.
"""

from enum import IntEnum
from typing import Self


class Exit(IntEnum):
    """An exit code of `tek-cli`; `meaning` is how the help explains it."""

    meaning: str

    def __new__(cls, code: int, meaning: str) -> Self:
        """Make a code that knows what it means."""
        member = int.__new__(cls, code)
        member._value_ = code
        member.meaning = meaning
        return member

    OK = 0, "ok"
    FAILED = 1, "failed; a question: refused, cut off, stopped, or uncertain whether it arrived"
    USAGE = 2, "wrong usage or settings"
    UNREACHABLE = 3, "no gateway within --wait"
    REFUSED = 4, "the gateway refused the token"
    INCOMPATIBLE = 5, "no WebSocket gateway at that address"
    SESSION_LOST = 6, "the gateway does not know the session any more"
    TIMED_OUT = 7, "no complete answer within --timeout; what there was is written"
    INTERRUPTED = 130, "Ctrl+C"
    BROKEN_PIPE = 141, "whoever read the output has gone"


def explain(*codes: Exit) -> str:
    """Return a block of help text, one line a code, that click does not wrap."""
    lines = (f"  {code:>3}  {code.meaning}" for code in codes)
    return "\n".join(("\b", "Exit codes:", *lines))
