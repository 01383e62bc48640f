"""The commands beside the one that runs a gateway: token, backup, prune and install."""

import asyncio
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from time import time

from tek_gateway.command_line import Parser, add_data_dir, add_retention, read_options, retention_in
from tek_gateway.errors import CannotStart, StoreError
from tek_gateway.host.service import install
from tek_gateway.limits import Retention
from tek_gateway.serve.access import add_token
from tek_gateway.store.retention import prune
from tek_gateway.store.sqlite.backup import back_up
from tek_gateway.store.sqlite.sqlite_store import open_store
from tek_local.runtime_file import config_dir

TOKENS = "tokens"
"""The name of the file of tokens in Tek's settings folder."""


def _token(argv: Sequence[str]) -> int:
    parser = Parser(
        "tek-gateway token",
        description="Create a token, print it once, and add its hash to the file of tokens.",
    )
    parser.add_argument(
        "name", metavar="NAME", help="its user; `owner` is the user of this machine"
    )
    file = config_dir() / TOKENS
    parser.add_argument(
        "--tokens",
        type=Path,
        default=file,
        metavar="FILE",
        help="file of tokens (default: %(default)s)",
    )
    given = parser.parse_args(argv)
    try:
        _say(add_token(given.tokens, given.name))
    except OSError as error:
        reason = f"cannot write to {given.tokens}: {error}"
        raise CannotStart(reason) from error
    return 0


def _backup(argv: Sequence[str]) -> int:
    parser = Parser(
        "tek-gateway backup",
        description="Copy all sessions into one file, even while a gateway runs.",
        epilog="To restore, stop the gateway, copy the file as sessions.sqlite into an empty"
        " folder, and start with --data-dir.",
    )
    parser.add_argument(
        "file", type=Path, metavar="FILE", help="the copy; an existing file is replaced"
    )
    add_data_dir(parser)
    given = parser.parse_args(argv)
    size = back_up(given.data_dir, given.file)
    _say(f"{given.file}: {size} bytes")
    return 0


def _prune(argv: Sequence[str]) -> int:
    parser = Parser(
        "tek-gateway prune",
        description="Delete old sessions while no gateway runs. A running gateway does so every"
        " hour if it has the same options.",
    )
    add_data_dir(parser)
    add_retention(parser)
    given = vars(parser.parse_args(argv))
    retention = retention_in(given)
    if retention == Retention():
        parser.error("add --keep-days or --keep-mb")
    _say(f"{asyncio.run(_pruned(given['data_dir'], retention))} sessions deleted")
    return 0


async def _pruned(folder: Path, retention: Retention) -> int:
    try:
        store = await open_store(folder)
    except StoreError as error:
        reason = f"cannot prune {folder}: {error}"
        raise CannotStart(reason) from error
    try:
        gone = await prune(store, retention, time())
        await store.compact()
    finally:
        await store.close()
    return gone


def _install(argv: Sequence[str]) -> int:
    parser = Parser(
        "tek-gateway install",
        description="Write a systemd (Linux) or launchd (macOS) service for this user, and print"
        " the command that starts it.",
    )
    parser.add_argument(
        "options", nargs="*", metavar="OPTION", help="options of the gateway, after --"
    )
    options = list(parser.parse_args(argv).options)
    read_options(options)  # report a mistake now, not when the service starts
    file, begin = install(options)
    _say(f"{file}\n{begin}")
    return 0


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


COMMANDS: Mapping[str, Callable[[Sequence[str]], int]] = {
    "token": _token,
    "backup": _backup,
    "prune": _prune,
    "install": _install,
}
"""The commands; each takes the rest of the command line and returns an exit code."""
