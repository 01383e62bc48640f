"""The options that several commands share, and the checks of their values.

A default that differs between commands is the command's own.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

import typer

from tek_cli.durations import read_duration


def _check_duration(param: typer.CallbackParam, text: str | None) -> str | None:
    if text is not None:
        try:
            read_duration(text)
        except ValueError as error:
            raise typer.BadParameter(str(error), param_hint=param.opts[0]) from error
    return text


def one_of(*names: str) -> Callable[[typer.CallbackParam, str | None], str | None]:
    """Return a callback that raises `BadParameter` for any value but `names`."""

    def check(param: typer.CallbackParam, text: str | None) -> str | None:
        if text is not None and text not in names:
            from difflib import get_close_matches  # noqa: PLC0415 - rarely needed

            near = get_close_matches(text, names, 1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            message = f"{text!r} is not one of {', '.join(names)}{hint}"
            raise typer.BadParameter(message, param_hint=param.opts[0])
        return text

    return check


def number_between(lowest: int, highest: int) -> Callable[[typer.CallbackParam, int], int]:
    """Return a callback that raises `BadParameter` for a number outside of the range."""

    def check(param: typer.CallbackParam, number: int) -> int:
        if not lowest <= number <= highest:
            message = f"{number} is not between {lowest} and {highest}"
            raise typer.BadParameter(message, param_hint=param.opts[0])
        return number

    return check


def _check_folder(param: typer.CallbackParam, file: Path | None) -> Path | None:
    """Return `file`; raises `BadParameter` if it is a folder or its folder does not exist."""
    if file is not None:
        if file.is_dir():
            message = f"{file} is a folder"
            raise typer.BadParameter(message, param_hint=param.opts[0])
        if not file.parent.is_dir():
            message = f"the folder {file.parent} does not exist"
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
"""`--help` of a group of commands; typer's own would make every help page import pydantic."""

Url: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--url",
        metavar="URL",
        help="Gateway address (ws:// or wss://). Default: TEK_URL, then the settings, then the"
        " gateway on this computer, which is started if necessary.",
    ),
]
UrlWithoutStart: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--url",
        metavar="URL",
        help="Gateway address. Default: TEK_URL, then the settings, then the gateway on this"
        " computer.",
    ),
]
OnlyUrl: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--url", metavar="URL", help="Only messages for this gateway. Default: every gateway."
    ),
]
SessionName: TypeAlias = Annotated[
    str, typer.Argument(metavar="SESSION", help="Session ID, or a unique prefix.")
]
OutputFile: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "-o",
        "--output",
        metavar="FILE",
        callback=_check_folder,
        help="Write to FILE instead of standard output. An error leaves FILE unchanged.",
    ),
]
Model: TypeAlias = Annotated[
    str,
    typer.Option(
        "-m",
        "--model",
        metavar="NAME",
        show_default=False,
        help="Model to use. Default: the settings, then the gateway's default.",
    ),
]
Yes: TypeAlias = Annotated[bool, typer.Option("-y", "--yes", help="Do not ask for confirmation.")]
SessionId: TypeAlias = Annotated[
    str,
    typer.Option(
        "-s",
        "--session",
        metavar="ID",
        show_default=False,
        help="Continue this session. If the gateway does not have it, a new one starts.",
    ),
]
SessionToAsk: TypeAlias = Annotated[
    str,
    typer.Option(
        "-s",
        "--session",
        metavar="ID",
        show_default=False,
        help="Ask in this session. Exits with 6 if the gateway does not have it.",
    ),
]
Continue: TypeAlias = Annotated[
    bool, typer.Option("-c", "--continue", help="Continue the last session.")
]
TraceFile: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--trace",
        metavar="FILE",
        help="Append every event to FILE as a JSON line. FILE may be a named pipe.",
    ),
]
Json: TypeAlias = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Wait: TypeAlias = Annotated[
    str,
    typer.Option(
        "--wait",
        metavar="DURATION",
        callback=_check_duration,
        help="How long to wait for the gateway: 2s, 1m, 500ms or seconds.",
    ),
]
Timeout: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--timeout",
        metavar="DURATION",
        callback=_check_duration,
        help="How long the whole answer may take. Default: no limit.",
    ),
]
