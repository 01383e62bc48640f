"""What the command line of the gateway takes. It must never start anything."""

import math
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from tek_gateway.runtime import data_dir
from tek_gateway.version import VERSION
from tek_protocol.session import DEFAULT_PORT

MAX_CONNECTIONS = 1000
"""Connections at once, unless it is told otherwise."""

COUNT_LIMIT = 1_000_000


@dataclass(frozen=True, slots=True)
class Options:
    """The command line, understood; `stop_when_idle` is in seconds."""

    host: str
    port: int
    data_dir: Path
    model: str | None
    stop_when_idle: float | None
    log_file: Path | None
    max_connections: int = MAX_CONNECTIONS
    plain: bool = False
    config: Path | None = None


class _Parser(ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: error: {message}\n")


def read_options(argv: Sequence[str] | None) -> Options:
    """Return what `argv` asks for; a mistake in it ends the process with code 2 and one line."""
    return Options(**vars(_parser().parse_args(argv)))


def _parser() -> ArgumentParser:
    parser = _Parser("tek-gateway", description="A chat gateway on a WebSocket.")
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="the address to listen at (default: %(default)s)")
    add("--port", type=_port, default=DEFAULT_PORT, help="0: a free one (default: %(default)s)")
    add("--data-dir", type=Path, default=data_dir(), metavar="DIR", help="(default: %(default)s)")
    add(
        "--model",
        type=_name,
        metavar="NAME",
        help="what answers: an entry of [models] in the settings, openai:NAME, ollama:NAME or echo"
        " (default: that of the settings, else this machine's Ollama, else echo)",
    )
    add("--config", type=Path, metavar="FILE", help="the settings (default: gateway.toml)")
    add(
        "--stop-when-idle",
        type=_seconds,
        metavar="SECONDS",
        help="end after this long without a connection or an answer being written",
    )
    add("--log-file", type=Path, metavar="FILE", help="log to FILE instead of standard error")
    add(
        "--max-connections",
        type=_count,
        default=MAX_CONNECTIONS,
        metavar="N",
        help="turn away whoever comes when there are so many (default: %(default)s)",
    )
    add(
        "--plain",
        action="store_true",
        help="speak tek.v1 only, without resumption, as older gateways do",
    )
    add("--version", action="version", version=f"%(prog)s {VERSION}")
    return parser


def _name(text: str) -> str:
    if text:
        return text
    reason = "a model has a name"
    raise ArgumentTypeError(reason)


def _port(text: str) -> int:
    if text.isdecimal() and len(text) <= len("65535") and int(text) <= 65535:  # noqa: PLR2004 - the last port there is
        return int(text)
    reason = f"{text!r} is no port: a whole number from 0 to 65535"
    raise ArgumentTypeError(reason)


def _count(text: str) -> int:
    if text.isdecimal() and len(text) <= len(str(COUNT_LIMIT)) and 0 < int(text) <= COUNT_LIMIT:
        return int(text)
    reason = f"{text!r} is no number from 1 to {COUNT_LIMIT}"
    raise ArgumentTypeError(reason)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1
    if math.isfinite(seconds) and seconds >= 0:
        return seconds
    reason = f"{text!r} is no number of seconds"
    raise ArgumentTypeError(reason)
