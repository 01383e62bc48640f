"""The prompt of `ask`: an argument or standard input."""

import sys

import typer


def read_prompt(argument: str | None) -> str:
    """Return the prompt; raises `BadParameter` if there is none.

    Standard input is read for "-", and without an argument unless it is a terminal.
    """
    if argument is None and sys.stdin.isatty():
        message = 'missing; give one, or "-" to type it (end with Ctrl+D)'
        raise typer.BadParameter(message, param_hint="PROMPT")
    if argument in {None, "-"}:
        text = sys.stdin.buffer.read().decode("utf-8", "replace")
    else:
        text = str(argument).encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    if not text.strip():
        message = "it is empty"
        raise typer.BadParameter(message, param_hint="PROMPT")
    return text.rstrip("\r\n")
