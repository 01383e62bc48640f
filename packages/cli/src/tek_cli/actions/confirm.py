"""Whether the user means it. It must never take silence for a yes."""

import sys

from tek_cli.actions.ask_outcome import AskOutcome, CommandEnded
from tek_cli.exit_codes import Exit


def confirm(question: str, *, is_sure: bool) -> None:
    """Return if the user is sure, or says so now; raises `CommandEnded`."""
    if is_sure:
        return
    if not sys.stdin.isatty():
        raise CommandEnded(
            AskOutcome(Exit.USAGE, f"{question} Nobody can be asked here: say --yes")
        )
    sys.stderr.write(f"{question} [y/N] ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        raise CommandEnded(AskOutcome(Exit.FAILED, "nothing was changed"))
