"""The command line of `tek-cli`: the commands of `tek_cli.commands` joined into one app."""

from collections.abc import Sequence
from typing import Annotated

import typer

from tek_cli.commands import (
    ask,
    auth,
    chat,
    command_options,
    completion,
    config,
    demo,
    doctor,
    gateway,
    outbox,
    sessions,
    status,
)
from tek_cli.exit_codes import Exit, explain

app = typer.Typer(
    epilog=explain(*Exit),
    rich_markup_mode=None,  # plain help for pipes and screen readers, and a fast start
    pretty_exceptions_enable=False,
    add_completion=False,  # its two options would make every help page import pydantic
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (chat, ask, status, doctor, completion, demo):
    app.add_typer(command.app)
for group, name in (
    (sessions, "sessions"),
    (outbox, "outbox"),
    (gateway, "gateway"),
    (config, "config"),
    (auth, "auth"),
):
    app.add_typer(group.app, name=name)

_ROOT_OPTIONS = frozenset({"-h", "--help", "--version"})


def with_default_command(argv: Sequence[str]) -> list[str]:
    """Return `argv` with `chat` in front if it names no command, as in `tek-cli --url U`."""
    first = argv[0].partition("=")[0] if argv else "-"
    return ["chat", *argv] if first.startswith("-") and first not in _ROOT_OPTIONS else [*argv]


def _print_version(value: bool) -> None:  # noqa: FBT001 - typer calls it
    if value:
        from tek_cli.version import VERSION  # noqa: PLC0415 - starts fast

        typer.echo(f"tek-cli {VERSION}")
        raise typer.Exit


@app.callback(add_help_option=False)
def root(
    *,
    show_help: command_options.Help = False,
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Show the version and exit."
        ),
    ] = False,
) -> None:
    """Chat with a self-hosted AI gateway, across every restart of it.

    Without a command, tek-cli starts a chat.
    """
    del show_help, version
