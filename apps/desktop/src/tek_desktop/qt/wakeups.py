"""What says that the gateway may be reachable again: the user, the network, the machine.

It must never forbid an attempt: these are hints to make one sooner.
"""

import logging
from collections.abc import Callable

from PySide6.QtCore import SLOT, QObject, Qt, Slot
from PySide6.QtDBus import QDBusConnection
from PySide6.QtGui import QGuiApplication
from PySide6.QtNetwork import QNetworkInformation

_logger = logging.getLogger(__name__)

_LOGIND = "org.freedesktop.login1"


class WakeUps(QObject):
    """Calls `wake` at every hint, as long as it lives."""

    def __init__(
        self, wake: Callable[[], None], parent: QObject, bus: QDBusConnection | None = None
    ) -> None:
        super().__init__(parent)
        self._wake = wake
        application = QGuiApplication.instance()
        if isinstance(application, QGuiApplication):
            application.applicationStateChanged.connect(self._application_is)
        # None where the platform's part for it is missing: then there are fewer hints.
        if QNetworkInformation.loadBackendByFeatures(QNetworkInformation.Feature.Reachability):
            QNetworkInformation.instance().reachabilityChanged.connect(self.network_is)
        self._listen(bus or QDBusConnection.systemBus())

    def network_is(self, reachability: QNetworkInformation.Reachability) -> None:
        """Take note of what can be reached."""
        if reachability not in {
            QNetworkInformation.Reachability.Disconnected,
            QNetworkInformation.Reachability.Unknown,
        }:
            self._wake()

    @Slot(bool)
    def machine_sleeps(self, begins: bool) -> None:  # noqa: FBT001 - what the bus says
        """Take note that the machine falls asleep, or has woken up."""
        if not begins:
            self._wake()

    def _application_is(self, state: Qt.ApplicationState) -> None:
        if state is Qt.ApplicationState.ApplicationActive:
            self._wake()

    def _listen(self, bus: QDBusConnection) -> None:
        if not bus.isConnected():
            return
        manager, path = f"{_LOGIND}.Manager", "/org/freedesktop/login1"
        slot = SLOT("machine_sleeps(bool)")
        if not bus.connect(_LOGIND, path, manager, "PrepareForSleep", self, slot):  # pyright: ignore[reportArgumentType] - its stub says bytes, which it refuses
            _logger.info("nobody says when this machine has slept")
