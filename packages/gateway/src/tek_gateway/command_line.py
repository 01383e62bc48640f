"""The command line of the gateway."""

import math
from argparse import ArgumentParser, ArgumentTypeError, RawDescriptionHelpFormatter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from tek_gateway.limits import Retention, ServerLimits
from tek_gateway.version import VERSION
from tek_local.runtime_file import data_dir
from tek_protocol.envelope import DEFAULT_PORT

COUNT_LIMIT = 1_000_000
MEGABYTE = 1_000_000
DAY = 86_400

COMMANDS = """
other commands, each with a --help of its own:
  tek-gateway token NAME      create a token for a user
  tek-gateway backup FILE     copy all sessions, even while a gateway runs
  tek-gateway prune           delete old sessions while no gateway runs
  tek-gateway install         write a systemd or launchd service
"""


@dataclass(frozen=True, slots=True)
class GatewayOptions:
    """The parsed command line; `stop_when_idle` is in seconds."""

    host: str
    port: int
    data_dir: Path
    model: str | None
    stop_when_idle: float | None
    log_file: Path | None
    log_format: str = "text"
    plain: bool = False
    tokens: Path | None = None
    tls_cert: Path | None = None
    tls_key: Path | None = None
    behind_proxy: bool = False
    limits: ServerLimits = field(default_factory=ServerLimits)
    retention: Retention = field(default_factory=Retention)
    config: Path | None = None


class Parser(ArgumentParser):
    """A parser that reports a mistake in one line and exits with code 2."""

    def error(self, message: str) -> NoReturn:
        """Report a mistake and exit."""
        self.exit(2, f"{self.prog}: error: {message}\n")


def read_options(argv: Sequence[str] | None) -> GatewayOptions:
    """Parse `argv`; a mistake is reported in one line, with exit code 2."""
    parser = _parser()
    given = vars(parser.parse_args(argv))
    limits = ServerLimits(**{name: given.pop(name) for name in ServerLimits.__dataclass_fields__})
    retention = retention_in(given)
    options = GatewayOptions(**given, limits=limits, retention=retention)
    if options.tls_key is not None and options.tls_cert is None:
        parser.error("--tls-key needs --tls-cert")
    return options


def add_data_dir(parser: ArgumentParser) -> None:
    """Add the option for the data folder."""
    parser.add_argument(
        "--data-dir",
        type=Path,
        default=data_dir(),
        metavar="DIR",
        help="folder of the sessions (default: %(default)s)",
    )


def add_retention(parser: ArgumentParser) -> None:
    """Add the options for retention."""
    group = parser.add_argument_group(
        "retention",
        "The least recently used sessions are deleted, but none with an unfinished answer or a\n"
        "connected client. Without these options all sessions are kept.",
    )
    add = group.add_argument
    add("--keep-days", type=count, metavar="N", help="keep sessions used in the last N days")
    add("--keep-mb", type=count, metavar="N", help="keep at most N megabytes of text")


def retention_in(given: dict[str, int | None]) -> Retention:
    """Return the retention that was parsed."""
    days, megabytes = given.pop("keep_days"), given.pop("keep_mb")
    return Retention(
        None if days is None else days * DAY,
        None if megabytes is None else megabytes * MEGABYTE,
    )


def count(text: str) -> int:
    """Return a whole number; raises `ArgumentTypeError`."""
    if text.isdecimal() and len(text) <= len(str(COUNT_LIMIT)) and 0 < int(text) <= COUNT_LIMIT:
        return int(text)
    reason = f"{text!r} is not a whole number from 1 to {COUNT_LIMIT}"
    raise ArgumentTypeError(reason)


def _parser() -> ArgumentParser:
    parser = Parser(
        "tek-gateway",
        description="Run a chat gateway in the foreground.",
        epilog=COMMANDS,
        formatter_class=RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    add(
        "--port",
        type=_port,
        default=DEFAULT_PORT,
        help="port; 0 takes a free one (default: %(default)s)",
    )
    add_data_dir(parser)
    add(
        "--model",
        type=_name,
        metavar="NAME",
        help="default model: an entry of [models] in the settings, openai:NAME, ollama:NAME or echo"
        " (default: the settings, then this machine's Ollama, then echo)",
    )
    add("--config", type=Path, metavar="FILE", help="settings file (default: gateway.toml)")
    add(
        "--stop-when-idle",
        type=_seconds,
        metavar="SECONDS",
        help="stop after this time without a connection or a running answer",
    )
    add("--log-file", type=Path, metavar="FILE", help="log to FILE instead of standard error")
    add(
        "--log-format",
        choices=("text", "json"),
        default="text",
        help="lines of text or of JSON (default: %(default)s)",
    )
    add(
        "--plain",
        action="store_true",
        help="speak only tek.v1, without resumption",
    )
    add("--version", action="version", version=f"%(prog)s {VERSION}")
    _add_access(parser)
    _add_limits(parser)
    add_retention(parser)
    return parser


def _add_access(parser: ArgumentParser) -> None:
    group = parser.add_argument_group(
        "access",
        "Without tokens, only clients on this machine can connect. Any other address needs\n"
        "tokens, and a certificate or a TLS proxy. TEK_GATEWAY_TOKEN is the owner's token.",
    )
    add = group.add_argument
    add(
        "--tokens",
        type=Path,
        metavar="FILE",
        help="file of tokens, a line NAME TOKEN for each user",
    )
    add("--tls-cert", type=Path, metavar="FILE", help="certificate chain (PEM)")
    add("--tls-key", type=Path, metavar="FILE", help="private key, if it is in a separate file")
    add("--behind-proxy", action="store_true", help="a proxy terminates TLS for this gateway")


def _add_limits(parser: ArgumentParser) -> None:
    add = parser.add_argument_group("limits", "A principal is the user of a token.").add_argument

    def limit(option: str, name: str, kind: Callable[[str], float], help_text: str) -> None:
        default = getattr(ServerLimits(), name)
        meant = f"{help_text} (default: %(default)s)"
        add(option, dest=name, type=kind, default=default, metavar="N", help=meant)

    limit("--max-connections", "connections", count, "connections")
    limit("--max-connections-each", "connections_each", count, "connections of one principal")
    limit("--max-sessions", "sessions", count, "sessions of one principal")
    limit("--max-session-bytes", "session_bytes", _bytes, "size of one session")
    limit("--max-turns", "turns", count, "answers running at once")
    limit("--max-requests", "requests", count, "messages of one principal per minute")
    limit("--handshake-timeout", "handshake", _seconds, "seconds for a handshake")
    limit("--idle-timeout", "idle", _seconds, "seconds without a frame")


def _name(text: str) -> str:
    if text:
        return text
    reason = "the name of the model is empty"
    raise ArgumentTypeError(reason)


def _port(text: str) -> int:
    if text.isdecimal() and len(text) <= len("65535") and int(text) <= 65535:  # noqa: PLR2004 - the last port there is
        return int(text)
    reason = f"{text!r} is not a port (0 to 65535)"
    raise ArgumentTypeError(reason)


def _bytes(text: str) -> int:
    if text.isdecimal() and len(text) <= len(str(2**40)) and 0 < int(text) <= 2**40:
        return int(text)
    reason = f"{text!r} is not a number of bytes"
    raise ArgumentTypeError(reason)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1
    if math.isfinite(seconds) and seconds >= 0:
        return seconds
    reason = f"{text!r} is not a number of seconds"
    raise ArgumentTypeError(reason)
