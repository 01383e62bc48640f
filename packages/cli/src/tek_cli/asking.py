"""Whether the user means it. It must never take silence for a yes."""

import sys

from tek_cli.exits import Exit
from tek_cli.outcome import Ended, Outcome


def confirm(question: str, *, is_sure: bool) -> None:
    """Return if the user is sure, or says so now; raises `Ended`."""
    if is_sure:
        return
    if not sys.stdin.isatty():
        raise Ended(Outcome(Exit.USAGE, f"{question} Nobody can be asked here: say --yes"))
    sys.stderr.write(f"{question} [y/N] ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        raise Ended(Outcome(Exit.FAILED, "nothing was changed"))
