"""Completion scripts for bash, zsh and fish, generated from the commands.

A script contains every word, since starting `tek-cli` at each Tab would take too long.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from typer.core import TyperCommand, TyperGroup, TyperOption

_FILES = frozenset({"FILE"})


@dataclass(frozen=True, slots=True)
class CompletedCommand:
    """A command or a group of commands.

    `words` are the commands and options that may follow, with their help. `takes` are the options
    that take a value, and `files` those whose value is a file.
    """

    path: tuple[str, ...]
    words: Mapping[str, str]
    files: tuple[str, ...]
    takes: tuple[str, ...]

    @property
    def commands(self) -> tuple[str, ...]:
        """Those of `words` that are commands."""
        return tuple(word for word in self.words if not word.startswith("-"))


def completion_script(shell: str, root: object, program: str) -> str:
    """Return the script for `shell`, one of `SHELLS`; `root` is the command of `program`."""
    return SHELLS[shell](tuple(_walk(root, ())), program)


def _walk(command: object, path: tuple[str, ...]) -> Iterator[CompletedCommand]:
    inner: Mapping[str, TyperGroup | TyperCommand] = {}
    if isinstance(command, TyperGroup):
        inner = cast("Mapping[str, TyperGroup | TyperCommand]", command.commands)
    words = {name: _first(each.get_short_help_str(200)) for name, each in inner.items()}
    files: list[str] = []
    takes: list[str] = []
    for option in getattr(command, "params", []):
        if not isinstance(option, TyperOption):
            continue
        for name in option.opts:
            words[name] = _first(option.help or "")
            takes += [] if option.is_flag else [name]
            files += [name] if option.metavar in _FILES else []
    words.setdefault("--help", "Show this message and exit.")
    yield CompletedCommand(path, words, tuple(files), tuple(takes))
    for name, each in inner.items():
        yield from _walk(each, (*path, name))


def _first(text: str) -> str:
    return " ".join(text.split()).split(". ")[0].removesuffix(".")


# ---- The shells --------------------------------------------------------------------------------


def _cases(commands: tuple[CompletedCommand, ...], words: Callable[[CompletedCommand], str]) -> str:
    """Return a case of bash or zsh for each command; `words` writes the list of its words."""
    return "\n".join(
        f"        {_quoted(' '.join(each.path))}) words={words(each)};"
        f" takes={_quoted(' '.join(each.takes))}; files={_quoted(' '.join(each.files))};;"
        for each in commands
    )


def _bash(commands: tuple[CompletedCommand, ...], program: str) -> str:
    cases = _cases(commands, lambda each: _quoted(" ".join(each.words)))
    return f"""\
# bash completion for {program}: eval "$({program} completion bash)"
_tek_cli_of() {{
    case "$1" in
{cases}
        *) return 1;;
    esac
}}
_tek_cli() {{
    local current=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}}
    local place='' word words takes files
    for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
        if _tek_cli_of "${{place:+$place }}$word"; then place="${{place:+$place }}$word"; fi
    done
    _tek_cli_of "$place"
    COMPREPLY=()
    if [[ " $files " == *" $before "* ]]; then
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
    elif [[ " $takes " != *" $before "* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
    fi
}}
complete -F _tek_cli {program}
"""


def _zsh(commands: tuple[CompletedCommand, ...], program: str) -> str:
    cases = _cases(commands, lambda each: f"({_described(each)})")
    return f"""\
#compdef {program}
# zsh completion for {program}: eval "$({program} completion zsh)"
_tek_cli_of() {{
    case "$1" in
{cases}
        *) return 1;;
    esac
}}
_tek_cli() {{
    local place='' word takes files
    local -a words
    local before
    local -a typed=("${{(@)${{(z)LBUFFER}}[2,-1]}}")
    [[ $LBUFFER == *' ' ]] || typed[-1]=()
    before="${{typed[-1]}}"
    for word in $typed; do
        _tek_cli_of "${{place:+$place }}$word" && place="${{place:+$place }}$word"
    done
    _tek_cli_of "$place"
    if [[ " $files " == *" $before "* ]]; then
        _files
    elif [[ " $takes " != *" $before "* ]]; then
        _describe '{program}' words
    fi
}}
compdef _tek_cli {program}
"""


def _fish(commands: tuple[CompletedCommand, ...], program: str) -> str:
    lines = [f"# fish completion for {program}: {program} completion fish | source"]
    lines += [f"complete -c {program} -f"]
    for each in commands:
        seen = [f"__fish_seen_subcommand_from {name}" for name in each.path]
        inner = " ".join(each.commands)
        unseen = [f"not __fish_seen_subcommand_from {inner}"] if inner else []
        where = "; and ".join(seen + unseen) or "true"
        for word, text in each.words.items():
            lines.append(_fish_line(program, each, where, word, text))
    return "\n".join(lines) + "\n"


def _fish_line(program: str, command: CompletedCommand, where: str, word: str, text: str) -> str:
    if not word.startswith("-"):
        what = f"-a {word}"
    else:
        what = f"-l {word[2:]}" if word.startswith("--") else f"-s {word[1:]}"
        what += " -r" if word in command.takes else ""
        what += " -F" if word in command.files else ""
    return f"complete -c {program} -n {_quoted(where)} {what} -d {_quoted(text)}"


def _described(command: CompletedCommand) -> str:
    return " ".join(
        _quoted(f"{word}:{text}".replace("\\", "")) for word, text in command.words.items()
    )


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


SHELLS: Mapping[str, Callable[[tuple[CompletedCommand, ...], str], str]] = {
    "bash": _bash,
    "zsh": _zsh,
    "fish": _fish,
}
