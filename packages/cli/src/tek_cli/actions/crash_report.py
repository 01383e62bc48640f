"""The log file: where unforeseen errors go instead of the terminal.

It must never raise: it is the last resort.
"""

import logging
import sys
import threading
import traceback
from contextlib import suppress
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path

import platformdirs

_LIMIT = 1_048_576
"""Bytes; a fuller log file is put aside once, over the one put aside before."""


_logger = logging.getLogger(__name__)


def log_path() -> Path:
    """Return where the log file is."""
    return Path(platformdirs.user_log_dir("tek")) / "tek-cli.log"


def log_to_file() -> None:
    """Send what libraries warn about to the log file, and nothing to the terminal."""
    if logging.getLogger().handlers:
        return
    logging.raiseExceptions = False
    handler: logging.Handler = logging.NullHandler()
    with suppress(OSError):
        log_path().parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handler = RotatingFileHandler(
            log_path(), maxBytes=_LIMIT, backupCount=1, encoding="utf-8", delay=True
        )
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    threading.excepthook = _log_of_thread
    sys.unraisablehook = _log_unraisable


def _log_of_thread(failed: threading.ExceptHookArgs) -> None:
    name = failed.thread.name if failed.thread else "?"
    _logger.error("the thread %s failed", name, exc_info=failed.exc_value)


def _log_unraisable(failed: "sys.UnraisableHookArgs") -> None:
    _logger.error("in %r", failed.object, exc_info=failed.exc_value)


def report(error: Exception) -> str:
    """Write the traceback of `error` down and return the one line for the user."""
    what = f"something unforeseen happened: {type(error).__name__}"
    lines = (f"{datetime.now(UTC).isoformat()}\n", *traceback.format_exception(error))
    try:
        log_path().parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with log_path().open("a", encoding="utf-8") as log:
            log.writelines(lines)
    except OSError as problem:
        return f"{what}; its details cannot be written to {log_path()}: {problem.strerror}"
    return f"{what}; the details are in {log_path()}"
