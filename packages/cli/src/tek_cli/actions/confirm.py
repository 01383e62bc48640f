"""Asking for confirmation before something is deleted."""

import sys

from tek_cli.actions.ask_outcome import AskOutcome, CommandEnded
from tek_cli.exit_codes import Exit


def confirm(question: str, *, is_sure: bool) -> None:
    """Return if `is_sure` or if the user answers yes; raises `CommandEnded` otherwise.

    Anything but y or yes is a no, and where there is no terminal to ask on, too.
    """
    if is_sure:
        return
    if not sys.stdin.isatty():
        raise CommandEnded(AskOutcome(Exit.USAGE, "Not a terminal; add --yes to delete"))
    sys.stderr.write(f"{question} [y/N] ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        raise CommandEnded(AskOutcome(Exit.FAILED, "cancelled; nothing was deleted"))
