"""Qt's messages in Python's log.

The handler does not raise: Qt calls it from anywhere, including C++ without a Python caller.
"""

import logging

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

_logger = logging.getLogger("tek_desktop.qt")

_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}

_UNSUPPORTED = "This plugin does not support "
"""How Qt's messages about missing platform features begin; nothing can be done about them."""


def log_qt() -> None:
    """Send Qt's messages to the log from now on."""
    qInstallMessageHandler(_log)


def _log(kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
    if message.startswith(_UNSUPPORTED):
        kind = QtMsgType.QtDebugMsg
    _logger.log(_LEVELS.get(kind, logging.WARNING), "%s: %s", context.category, message)
