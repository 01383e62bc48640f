"""The `tek-desktop` command, from the command line to the exit code.

Problems that the user can solve are reported in one line on standard error, without a traceback,
and before Qt is loaded: Qt would abort the process.
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


class _CannotStart(Exception):
    """The window cannot be opened until the user solves a problem; the text is one line."""

    def __init__(self, line: str, code: int) -> None:
        super().__init__(line)
        self.code = code


def main(argv: Sequence[str] | None = None) -> int:
    """Run the client until the user quits, and return the exit code."""
    options = read_options(argv)
    if options.version:
        return _print_version()
    try:
        return _run(options)
    except _CannotStart as problem:
        print(f"{PROGRAM}: {problem}", file=sys.stderr)  # noqa: T201 - the command's own output
        return problem.code
    except KeyboardInterrupt:
        return _INTERRUPTED


def _print_version() -> int:
    from importlib.metadata import version  # noqa: PLC0415 - rarely needed

    print(f"{PROGRAM} {version(PROGRAM)}")  # noqa: T201 - the command's own output
    return 0


def _run(options: DesktopOptions) -> int:
    """Open the window, after the checks that need none, the cheapest first."""
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
        raise _CannotStart(str(error), _USAGE) from error


def _choose_platform() -> None:
    """Choose a Qt platform that works here; Qt itself would abort on one that does not."""
    from tek_desktop.qt.display import NoDisplay, choose_platform  # noqa: PLC0415 - loads Qt

    try:
        os.environ["QT_QPA_PLATFORM"] = choose_platform(os.environ)
    except NoDisplay as error:
        raise _CannotStart(str(error), _FAILED) from error


def _open_trace(path: Path | None) -> "Trace | None":
    from tek_chat import Trace  # noqa: PLC0415 - heavy

    try:
        return None if path is None else Trace(path)
    except OSError as error:
        line = f"cannot write to {path}: {error.strerror}"
        raise _CannotStart(line, _USAGE) from error
