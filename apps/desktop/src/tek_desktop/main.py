"""The `tek-desktop` command: from the command line to an exit code.

It must never show a traceback for what its user can mend, nor let Qt abort the process.
"""

import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tek_desktop.desktop_options import PROGRAM, DesktopOptions, read_options

if TYPE_CHECKING:
    from tek_chat import Trace

_FAILED, _USAGE, _INTERRUPTED = 1, 2, 130


class _Refused(Exception):
    """What the user has to mend first, in one line."""

    def __init__(self, line: str, code: int) -> None:
        super().__init__(line)
        self.code = code


def main(argv: Sequence[str] | None = None) -> int:
    """Run the client until its window is closed and return the exit code."""
    options = read_options(argv)
    if options.version:
        return _print_version()
    try:
        return _run(options)
    except _Refused as refused:
        print(f"{PROGRAM}: {refused}", file=sys.stderr)  # noqa: T201 - the command's own output
        return refused.code
    except KeyboardInterrupt:
        return _INTERRUPTED


def _print_version() -> int:
    from importlib.metadata import version  # noqa: PLC0415 - rarely needed

    print(f"{PROGRAM} {version(PROGRAM)}")  # noqa: T201 - the command's own output
    return 0


def _run(options: DesktopOptions) -> int:
    """Check all that can be checked without a window, cheapest first, and open it."""
    logging.basicConfig(level=logging.WARNING, format=f"{PROGRAM}: %(levelname)s: %(message)s")
    _check_settings(options.url)
    _choose_platform()
    trace = _open_trace(options.trace)
    from tek_desktop.application import run  # noqa: PLC0415 - loads Qt

    try:
        return run(options, trace)
    finally:
        if trace is not None:
            trace.close()


def _check_settings(url: str | None) -> None:
    from reconnect_core import InvalidURL  # noqa: PLC0415 - heavy
    from tek_chat import (  # noqa: PLC0415 - heavy
        SettingsError,
        find_address,
        load_settings,
        settings_path,
    )

    try:
        find_address(url, os.environ, load_settings(settings_path()))
    except (InvalidURL, SettingsError) as error:
        raise _Refused(str(error), _USAGE) from error


def _choose_platform() -> None:
    """Settle on a platform that works here, since Qt would try one that does not."""
    from tek_desktop.qt.display import NoDisplay, choose_platform  # noqa: PLC0415 - loads Qt

    try:
        os.environ["QT_QPA_PLATFORM"] = choose_platform(os.environ)
    except NoDisplay as error:
        raise _Refused(str(error), _FAILED) from error


def _open_trace(path: Path | None) -> "Trace | None":
    from tek_chat import Trace  # noqa: PLC0415 - heavy

    try:
        return None if path is None else Trace(path)
    except OSError as error:
        line = f"cannot write to {path}: {error.strerror}"
        raise _Refused(line, _USAGE) from error
