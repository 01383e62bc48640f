"""The slash commands of a chat: their names, arguments and help texts. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SlashCommand:
    """A slash command; `argument` names what may follow it, "" for nothing.

    Line mode runs a command with `is_immediate` as soon as it is typed, ahead of what was typed
    before it. It has no `is_screen_only` command.
    """

    name: str
    help: str
    argument: str = ""
    is_immediate: bool = False
    is_screen_only: bool = False

    @property
    def usage(self) -> str:
        """The command as it is typed: `/rename TITLE`."""
        return f"{self.name} {self.argument}".rstrip()


COMMANDS = (
    SlashCommand("/new", "start a new session"),
    SlashCommand("/sessions", "list the sessions, or open one", "[ID]"),
    SlashCommand("/rename", "rename this session", "TITLE"),
    SlashCommand("/delete", "delete this session (asks first)"),
    SlashCommand("/model", "show the model, or choose another one", "[NAME]"),
    SlashCommand("/retry", "send failed and uncertain messages again"),
    SlashCommand("/approve", "answer the tool that asks", "once|session|deny", is_immediate=True),
    SlashCommand("/stop", "stop the answer; the text so far is kept", is_immediate=True),
    SlashCommand("/copy", "copy the last answer", is_immediate=True),
    SlashCommand("/export", "save this session to a file", "[FILE]"),
    SlashCommand("/carry", "send a lost session's messages to this one", is_screen_only=True),
    SlashCommand("/status", "show the gateway, session and messages", is_immediate=True),
    SlashCommand("/help", "show this help", is_immediate=True),
    SlashCommand("/quit", "quit; unsent messages are kept and sent at the next start"),
)
_BY_NAME = {each.name: each for each in COMMANDS}


def read_command(text: str) -> tuple[str, str] | None:
    """Return the name and argument of the command that `text` is, or None if it is a message."""
    name, *rest = text.split(maxsplit=1) or [""]
    command = _BY_NAME.get(name)
    if command is None or "\n" in text.strip() or (rest and not command.argument):
        return None
    return name, "".join(rest).strip()


def is_immediate(text: str) -> bool:
    """Return whether `text` is a command that runs ahead of what was typed before it."""
    command = read_command(text)
    return command is not None and _BY_NAME[command[0]].is_immediate


def matching(draft: str) -> tuple[SlashCommand, ...]:
    """Return the commands whose names begin with `draft`."""
    if not draft.startswith("/") or any(each.isspace() for each in draft):
        return ()
    return tuple(each for each in COMMANDS if each.name.startswith(draft))
