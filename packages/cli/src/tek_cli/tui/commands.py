"""The words with a slash: what there is, and which one a draft can still become.

Pure. It must never take a message for a command: a word that is not in here is a message.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Command:
    """A command with what it does; `argument` names what may follow it."""

    name: str
    help: str
    argument: str = ""


COMMANDS = (
    Command("/new", "begin a new session"),
    Command("/sessions", "show the sessions; with an ID, go on in that one", "[ID]"),
    Command("/model", "show the model; with a name, ask that one from now on", "[NAME]"),
    Command("/retry", "send again what failed or is uncertain"),
    Command("/stop", "end the answer that is under way; what there is of it stays"),
    Command("/copy", "copy the last answer"),
    Command("/export", "write the session to a Markdown file", "[FILE]"),
    Command("/carry", "send a lost session's messages to the new one"),
    Command("/status", "tell about gateway, session and messages"),
    Command("/help", "show keys and commands"),
    Command("/quit", "leave; what was not sent is kept and sent at the next start"),
)
_NAMES = frozenset(each.name for each in COMMANDS)
_BARE = frozenset(each.name for each in COMMANDS if not each.argument)


def read_command(text: str) -> tuple[str, str] | None:
    """Return name and argument of the command that `text` is, or None for a message."""
    name, _, argument = text.strip().partition(" ")
    if name not in _NAMES or "\n" in text.strip() or (argument and name in _BARE):
        return None
    return name, argument.strip()


def matching(draft: str) -> tuple[Command, ...]:
    """Return the commands that `draft` is the beginning of."""
    if not draft.startswith("/") or any(each.isspace() for each in draft):
        return ()
    return tuple(each for each in COMMANDS if each.name.startswith(draft))
