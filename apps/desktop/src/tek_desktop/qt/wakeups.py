"""Hints that the gateway may be reachable again: from the user, the network and the machine.

A hint only makes the next attempt sooner.
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
    """Calls `wake` at every hint, until it is destroyed."""

    def __init__(
        self, wake: Callable[[], None], parent: QObject, bus: QDBusConnection | None = None
    ) -> None:
        super().__init__(parent)
        self._wake = wake
        application = QGuiApplication.instance()
        if isinstance(application, QGuiApplication):
            application.applicationStateChanged.connect(self._application_state_changed)
        # False where the platform has no such plugin; there are fewer hints then.
        if QNetworkInformation.loadBackendByFeatures(QNetworkInformation.Feature.Reachability):
            QNetworkInformation.instance().reachabilityChanged.connect(self.network_changed)
        self._listen(bus or QDBusConnection.systemBus())

    def network_changed(self, reachability: QNetworkInformation.Reachability) -> None:
        """Wake if the network has become reachable."""
        if reachability not in {
            QNetworkInformation.Reachability.Disconnected,
            QNetworkInformation.Reachability.Unknown,
        }:
            self._wake()

    @Slot(bool)
    def prepare_for_sleep(self, begins: bool) -> None:  # noqa: FBT001 - what the bus says
        """Wake if the machine has resumed from sleep; `begins` says that it is about to sleep."""
        if not begins:
            self._wake()

    def _application_state_changed(self, state: Qt.ApplicationState) -> None:
        if state is Qt.ApplicationState.ApplicationActive:
            self._wake()

    def _listen(self, bus: QDBusConnection) -> None:
        if not bus.isConnected():
            return
        manager, path = f"{_LOGIND}.Manager", "/org/freedesktop/login1"
        slot = SLOT("prepare_for_sleep(bool)")
        if not bus.connect(_LOGIND, path, manager, "PrepareForSleep", self, slot):  # pyright: ignore[reportArgumentType] - its stub says bytes, which it refuses
            _logger.info("logind is not reachable: no hint when this machine resumes from sleep")
