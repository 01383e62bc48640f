"""The options that several commands share, and how they are checked.

It must never hold a default in which commands differ.
"""

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from tek_cli.durations import read_duration


def _dialable(param: typer.CallbackParam, text: str | None) -> str | None:
    if text:
        from reconnect_core import InvalidURL  # noqa: PLC0415 - most commands start without
        from tek_chat.address import normal_url  # noqa: PLC0415 - likewise

        try:
            normal_url(text)
        except InvalidURL as error:
            raise typer.BadParameter(str(error), param_hint=param.opts[0]) from error
    return text


def _lasting(param: typer.CallbackParam, text: str | None) -> str | None:
    if text is not None:
        try:
            read_duration(text)
        except ValueError as error:
            raise typer.BadParameter(str(error), param_hint=param.opts[0]) from error
    return text


def _show_help(context: typer.Context, asked: bool) -> None:  # noqa: FBT001 - typer calls it
    if asked:
        typer.echo(context.get_help())
        raise typer.Exit


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
        callback=_dialable,
        help="The gateway's address, ws://HOST:PORT or wss://… Without it: TEK_URL, the settings,"
        " or this machine's gateway, which is started if none runs.",
    ),
]
UrlToLookAt: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--url",
        metavar="URL",
        callback=_dialable,
        help="The gateway's address. Without it: TEK_URL, the settings, or this machine's.",
    ),
]
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
