"""Where the gateway's log goes. It must never be given the content of a message."""

import logging
import os
from logging.handlers import RotatingFileHandler
from pathlib import Path

from tek_gateway.errors import CannotStart

FILE_LIMIT = 1_048_576
"""Bytes; a fuller log file is put aside once, over the one put aside before."""


def log_to(file: Path | None) -> None:
    """Send log lines to `file`, or to standard error; raises `CannotStart`."""
    # A gateway must not fail because nobody reads its standard error any more.
    logging.raiseExceptions = False
    try:
        handler = logging.StreamHandler() if file is None else _in_file(file)
    except OSError as error:
        reason = f"cannot log to {file}: {error}; choose another with --log-file"
        raise CannotStart(reason) from error
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])


def _in_file(file: Path) -> logging.Handler:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(file, os.O_WRONLY | os.O_CREAT, 0o600))
    return RotatingFileHandler(file, maxBytes=FILE_LIMIT, backupCount=1, encoding="utf-8")
