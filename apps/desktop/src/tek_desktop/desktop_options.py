"""The command line of `tek-desktop`, parsed into one value.

Imports nothing heavy, so that `--help` is instant and needs no display.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

PROGRAM = "tek-desktop"


@dataclass(frozen=True, slots=True)
class DesktopOptions:
    """The parsed options. With `url` None, the environment and settings choose the gateway."""

    url: str | None = None
    session: str = ""
    trace: Path | None = None
    drive: bool = False
    version: bool = False


def read_options(argv: Sequence[str] | None) -> DesktopOptions:
    """Return the options in `argv`; exit with 0 for `--help` and with 2 for a usage error."""
    parser = argparse.ArgumentParser(
        prog=PROGRAM,
        description="Chat with a self-hosted AI gateway in a window that survives its restarts.",
        epilog="Without --url: TEK_URL, then the settings, then the gateway on this computer.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "--url", metavar="URL", help="gateway address, such as ws://HOST:PORT/gateway"
    )
    parser.add_argument("--session", metavar="ID", default="", help="resume this session")
    parser.add_argument(
        "--trace", metavar="FILE", type=Path, help="append every event to FILE as a line of JSON"
    )
    parser.add_argument("--drive", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--version", action="store_true", help="print the version and exit")
    return DesktopOptions(**vars(parser.parse_args(argv)))
