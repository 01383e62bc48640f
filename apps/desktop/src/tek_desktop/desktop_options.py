"""The command line of `tek-desktop`, read into one value.

It must never import anything heavy: `--help` is instant and needs no display.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

PROGRAM = "tek-desktop"


@dataclass(frozen=True, slots=True)
class DesktopOptions:
    """What the user asked for. `url` None leaves the choice of a gateway to the settings."""

    url: str | None = None
    session: str = ""
    trace: Path | None = None
    drive: bool = False
    version: bool = False


def read_options(argv: Sequence[str] | None) -> DesktopOptions:
    """Return the options in `argv`; exits with 0 for `--help` and with 2 for a wrong use."""
    parser = argparse.ArgumentParser(
        prog=PROGRAM,
        description="Chat with a self-hosted AI gateway, across every restart of it.",
        epilog="Without --url: TEK_URL, then the settings, then this machine's own gateway.",
        allow_abbrev=False,
    )
    parser.add_argument("--url", metavar="URL", help="gateway, ws://HOST:PORT/gateway for example")
    parser.add_argument("--session", metavar="ID", default="", help="go on with this session")
    parser.add_argument(
        "--trace", metavar="FILE", type=Path, help="add a JSON line to FILE for every event"
    )
    parser.add_argument("--drive", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--version", action="store_true", help="print the version and exit")
    return DesktopOptions(**vars(parser.parse_args(argv)))
