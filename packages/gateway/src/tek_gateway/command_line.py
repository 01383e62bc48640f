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
  tek-gateway token NAME      make a token for somebody
  tek-gateway backup FILE     copy all sessions, also while a gateway runs
  tek-gateway prune           delete old sessions, while none runs
  tek-gateway install         have systemd or launchd run it for you
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
        "--data-dir", type=Path, default=data_dir(), metavar="DIR", help="(default: %(default)s)"
    )


def add_retention(parser: ArgumentParser) -> None:
    """Add the options for retention."""
    group = parser.add_argument_group(
        "what is kept",
        "Sessions beyond it are deleted, those used longest ago first, but for those that are\n"
        "owed an answer or that somebody follows. Without these options all are kept.",
    )
    add = group.add_argument
    add("--keep-days", type=count, metavar="N", help="sessions used in the last N days")
    add("--keep-mb", type=count, metavar="N", help="as many as come to N megabytes of text")


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
    reason = f"{text!r} is no number from 1 to {COUNT_LIMIT}"
    raise ArgumentTypeError(reason)


def _parser() -> ArgumentParser:
    parser = Parser(
        "tek-gateway",
        description="A chat gateway on a WebSocket.",
        epilog=COMMANDS,
        formatter_class=RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="the address to listen at (default: %(default)s)")
    add("--port", type=_port, default=DEFAULT_PORT, help="0: a free one (default: %(default)s)")
    add_data_dir(parser)
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
        "--log-format",
        choices=("text", "json"),
        default="text",
        help="one line, or one JSON object a line (default: %(default)s)",
    )
    add(
        "--plain",
        action="store_true",
        help="speak tek.v1 only, without resumption, as older gateways do",
    )
    add("--version", action="version", version=f"%(prog)s {VERSION}")
    _add_access(parser)
    _add_limits(parser)
    add_retention(parser)
    return parser


def _add_access(parser: ArgumentParser) -> None:
    group = parser.add_argument_group(
        "who may come in",
        "This machine may, without a token, until there are tokens. Any other address needs\n"
        "tokens, and a certificate or a proxy that has one. TEK_GATEWAY_TOKEN is the owner's.",
    )
    add = group.add_argument
    add("--tokens", type=Path, metavar="FILE", help="whose token is which: NAME TOKEN a line")
    add("--tls-cert", type=Path, metavar="FILE", help="the certificate and those above it, PEM")
    add("--tls-key", type=Path, metavar="FILE", help="its key, if that is in a file of its own")
    add("--behind-proxy", action="store_true", help="a proxy speaks TLS for this gateway")


def _add_limits(parser: ArgumentParser) -> None:
    add = parser.add_argument_group(
        "how much it takes", "a principal is who a token is for"
    ).add_argument

    def limit(option: str, name: str, kind: Callable[[str], float], help_text: str) -> None:
        default = getattr(ServerLimits(), name)
        meant = f"{help_text} (default: %(default)s)"
        add(option, dest=name, type=kind, default=default, metavar="N", help=meant)

    limit("--max-connections", "connections", count, "connections at once")
    limit("--max-connections-each", "connections_each", count, "of these for one principal")
    limit("--max-sessions", "sessions", count, "sessions of one principal")
    limit("--max-session-bytes", "session_bytes", _bytes, "a session's size when it takes no more")
    limit("--max-turns", "turns", count, "answers being written at once")
    limit("--max-requests", "requests", count, "messages of one principal in a minute")
    limit("--handshake-timeout", "handshake", _seconds, "seconds to begin with")
    limit("--idle-timeout", "idle", _seconds, "seconds without a word, either way")


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


def _bytes(text: str) -> int:
    if text.isdecimal() and len(text) <= len(str(2**40)) and 0 < int(text) <= 2**40:
        return int(text)
    reason = f"{text!r} is no number of bytes"
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
