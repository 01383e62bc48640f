"""The log file: unexpected errors and warnings go there instead of to the terminal.

Nothing here raises, since nothing would catch it.
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
"""Bytes. A larger log file is renamed to `tek-cli.log.1`, replacing the previous one."""


_logger = logging.getLogger(__name__)


def log_path() -> Path:
    """Return where the log file is."""
    return Path(platformdirs.user_log_dir("tek")) / "tek-cli.log"


def log_to_file() -> None:
    """Send the warnings of libraries, and errors in threads, to the log file."""
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
    _logger.error("thread %s failed", name, exc_info=failed.exc_value)


def _log_unraisable(failed: "sys.UnraisableHookArgs") -> None:
    _logger.error("in %r", failed.object, exc_info=failed.exc_value)


def report(error: Exception) -> str:
    """Append the traceback of `error` to the log file and return one line for the user."""
    what = f"unexpected {type(error).__name__}"
    lines = (f"{datetime.now(UTC).isoformat()}\n", *traceback.format_exception(error))
    try:
        log_path().parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with log_path().open("a", encoding="utf-8") as log:
            log.writelines(lines)
    except OSError as problem:
        return f"{what}; cannot write the details to {log_path()}: {problem.strerror}"
    return f"{what}; details in {log_path()}"
