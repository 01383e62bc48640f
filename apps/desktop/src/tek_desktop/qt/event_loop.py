"""asyncio on Qt's event loop; the only module that imports qasync, which has no type hints.

Timers never fire early: a gateway may have asked for the wait between two attempts.
"""

import asyncio

import qasync  # pyright: ignore[reportMissingTypeStubs] - it has none
from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QApplication

from tek_desktop.qt.daemon_threads import DaemonThreads


class _PreciseTimer(qasync._SimpleTimer):  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] - no other way in
    """Replaces qasync's coarse timers, which Qt fires up to 5 % early or late: 0.7 s in 16 s."""

    def startTimer(self, milliseconds: int) -> int:  # noqa: N802 - Qt's name
        # qasync cuts off fractions of a millisecond; 0 stays 0.
        rounded_up = milliseconds + 1 if milliseconds else 0
        return QObject.startTimer(self, rounded_up, Qt.TimerType.PreciseTimer)


class _Loop(qasync.QEventLoop):
    def __init__(self, application: QApplication) -> None:
        super().__init__(application)  # pyright: ignore[reportUnknownMemberType] - qasync has no types
        self.set_default_executor(DaemonThreads())  # pyright: ignore[reportUnknownMemberType] - likewise
        self._timer = _PreciseTimer()


def make_loop(application: QApplication) -> asyncio.AbstractEventLoop:
    """Return an event loop, for `asyncio.Runner(loop_factory=…)`."""
    return _Loop(application)
