"""The words with a slash: what there is, and which one a draft can still become.

Pure. It must never take a message for a command: a word that is not in here is a message.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SlashCommand:
    """A command with what it does; `argument` names what may follow it."""

    name: str
    help: str
    argument: str = ""


COMMANDS = (
    SlashCommand("/new", "begin a new session"),
    SlashCommand("/sessions", "show the sessions; with an ID, go on in that one", "[ID]"),
    SlashCommand("/rename", "give this session a title", "TITLE"),
    SlashCommand("/delete", "delete this session, once you have said yes"),
    SlashCommand("/model", "show the model; with a name, ask that one from now on", "[NAME]"),
    SlashCommand("/retry", "send again what failed or is uncertain"),
    SlashCommand("/approve", "answer what is asked, as F2, F3 and F4 do", "once|session|deny"),
    SlashCommand("/stop", "end the answer that is under way; what there is of it stays"),
    SlashCommand("/copy", "copy the last answer"),
    SlashCommand("/export", "write the session to a Markdown file", "[FILE]"),
    SlashCommand("/carry", "send a lost session's messages to the new one"),
    SlashCommand("/status", "tell about gateway, session and messages"),
    SlashCommand("/help", "show keys and commands"),
    SlashCommand("/quit", "leave; what was not sent is kept and sent at the next start"),
)
_NAMES = frozenset(each.name for each in COMMANDS)
_BARE = frozenset(each.name for each in COMMANDS if not each.argument)


def read_command(text: str) -> tuple[str, str] | None:
    """Return name and argument of the command that `text` is, or None for a message."""
    name, _, argument = text.strip().partition(" ")
    if name not in _NAMES or "\n" in text.strip() or (argument and name in _BARE):
        return None
    return name, argument.strip()


def matching(draft: str) -> tuple[SlashCommand, ...]:
    """Return the commands that `draft` is the beginning of."""
    if not draft.startswith("/") or any(each.isspace() for each in draft):
        return ()
    return tuple(each for each in COMMANDS if each.name.startswith(draft))
