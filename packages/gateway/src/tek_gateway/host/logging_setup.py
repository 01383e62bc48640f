"""Where the gateway's log goes. It contains neither messages nor tokens."""

import json
import logging
import os
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path

from tek_gateway.errors import CannotStart

FILE_LIMIT = 1_048_576
"""Bytes. A larger log file is rotated, and three old ones are kept."""

FILES_KEPT = 3

_OWN = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime"}


class JsonFormatter(logging.Formatter):
    """One JSON object per line: time, level, message, and the extra fields of the record."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of `record`."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line: dict[str, object] = {
            "time": at,
            "level": record.levelname.lower(),
            "message": record.getMessage(),
        }
        line |= {name: value for name, value in vars(record).items() if name not in _OWN}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


def log_to(file: Path | None, log_format: str = "text") -> None:
    """Send log lines to `file`, or to standard error; raises `CannotStart`."""
    # Nobody may be reading standard error any more.
    logging.raiseExceptions = False
    try:
        handler = logging.StreamHandler() if file is None else _in_file(file)
    except OSError as error:
        reason = f"cannot log to {file}: {error}; choose another with --log-file"
        raise CannotStart(reason) from error
    text = logging.Formatter("%(asctime)s %(levelname)s %(message)s")
    handler.setFormatter(JsonFormatter() if log_format == "json" else text)
    logging.basicConfig(level=logging.INFO, handlers=[handler])


def _in_file(file: Path) -> logging.Handler:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(file, os.O_WRONLY | os.O_CREAT, 0o600))
    return RotatingFileHandler(file, maxBytes=FILE_LIMIT, backupCount=FILES_KEPT, encoding="utf-8")
