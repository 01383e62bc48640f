"""The options that several commands share, and how they are checked.

It must never hold a default in which commands differ.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

import typer

from tek_cli.durations import read_duration


def _lasting(param: typer.CallbackParam, text: str | None) -> str | None:
    if text is not None:
        try:
            read_duration(text)
        except ValueError as error:
            raise typer.BadParameter(str(error), param_hint=param.opts[0]) from error
    return text


def one_of(*names: str) -> Callable[[typer.CallbackParam, str | None], str | None]:
    """Return a callback that takes these names only; raises `BadParameter` for others."""

    def check(param: typer.CallbackParam, text: str | None) -> str | None:
        if text is not None and text not in names:
            from difflib import get_close_matches  # noqa: PLC0415 - rarely needed

            near = get_close_matches(text, names, 1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            message = f"{text!r} is none of {', '.join(names)}{hint}"
            raise typer.BadParameter(message, param_hint=param.opts[0])
        return text

    return check


def _writable(param: typer.CallbackParam, file: Path | None) -> Path | None:
    """Return `file`; raises `BadParameter` before any work is done if it cannot be written."""
    if file is not None:
        if file.is_dir():
            message = f"{file} is a folder"
            raise typer.BadParameter(message, param_hint=param.opts[0])
        if not file.parent.is_dir():
            message = f"there is no folder {file.parent}"
            raise typer.BadParameter(message, param_hint=param.opts[0])
    return file


def _show_help(context: typer.Context, asked: bool) -> None:  # noqa: FBT001 - typer calls it
    if asked:
        typer.echo(context.get_help())
        raise typer.Exit


DECISIONS: Mapping[str, Literal["once", "session", "deny"]] = {
    "once": "once",
    "session": "session",
    "deny": "deny",
}

Help: TypeAlias = Annotated[
    bool,
    typer.Option(
        "-h", "--help", callback=_show_help, is_eager=True, help="Show this message and exit."
    ),
]
"""For a group of commands: typer's own would import pydantic before any command's help."""

Url: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--url",
        metavar="URL",
        help="The gateway's address, ws://HOST:PORT or wss://… Without it: TEK_URL, the settings,"
        " or this machine's gateway, which is started if none runs.",
    ),
]
UrlToLookAt: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--url",
        metavar="URL",
        help="The gateway's address. Without it: TEK_URL, the settings, or this machine's.",
    ),
]
OnlyUrl: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--url", metavar="URL", help="Only what is for this gateway; without it, for every one."
    ),
]
SessionName: TypeAlias = Annotated[
    str, typer.Argument(metavar="SESSION", help="Its ID, or the beginning of it.")
]
OutputFile: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "-o",
        "--output",
        metavar="FILE",
        callback=_writable,
        help="Write it to FILE, whole or not at all, and not to standard output.",
    ),
]
Model: TypeAlias = Annotated[
    str,
    typer.Option(
        "-m",
        "--model",
        metavar="NAME",
        show_default=False,
        help="What is to answer; without it, what the settings or the gateway prefer.",
    ),
]
Yes: TypeAlias = Annotated[bool, typer.Option("-y", "--yes", help="Do not ask, do it.")]
SessionId: TypeAlias = Annotated[
    str,
    typer.Option(
        "-s",
        "--session",
        metavar="ID",
        show_default=False,
        help="Go on in this session; one that the gateway does not know is replaced.",
    ),
]
SessionOfQuestion: TypeAlias = Annotated[
    str,
    typer.Option(
        "-s",
        "--session",
        metavar="ID",
        show_default=False,
        help="Ask in this session; one that the gateway does not know is code 6.",
    ),
]
Continue: TypeAlias = Annotated[
    bool, typer.Option("-c", "--continue", help="Go on in the session that was used last.")
]
TraceFile: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--trace",
        metavar="FILE",
        help="Append a JSON line for every event to FILE, which may be a named pipe.",
    ),
]
Json: TypeAlias = Annotated[bool, typer.Option("--json", help="Write JSON for programs.")]
Wait: TypeAlias = Annotated[
    str,
    typer.Option(
        "--wait",
        metavar="DURATION",
        callback=_lasting,
        help="How long a gateway may be away: 2s, 1m, 500ms or seconds.",
    ),
]
Timeout: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--timeout",
        metavar="DURATION",
        callback=_lasting,
        help="How long the whole answer may take; without it, for ever.",
    ),
]
