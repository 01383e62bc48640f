"""One window per gateway: a second start shows the first window and ends.

The socket is local, but any program of the user may write to it: requests are limited in size
and parsed with care.
"""

import hashlib
import json
import os
from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from tek_chat import settings_path

_TIMEOUT = 1_000
"""Milliseconds that the running window has to answer."""

_MAX_REQUEST = 4_096
"""Bytes."""


def server_name(url: str) -> str:
    """Return the socket name of the window for `url`, this user and these settings."""
    seed = f"{os.getuid()}\n{settings_path()}\n{url}"
    return f"tek-desktop-{hashlib.sha256(seed.encode()).hexdigest()[:16]}"


def show_running_window(name: str, session_id: str) -> bool:
    """Ask a running window to show itself and open `session_id`; return whether one answered."""
    socket = QLocalSocket()
    socket.connectToServer(name)
    if not socket.waitForConnected(_TIMEOUT):
        return False
    socket.write(f"{json.dumps({'session': session_id})}\n".encode())
    socket.flush()
    return socket.waitForReadyRead(_TIMEOUT)


class SingleInstance(QObject):
    """Answers later starts: calls `on_start` with the session id that they ask for, or ""."""

    def __init__(self, name: str, on_start: Callable[[str], None], parent: QObject) -> None:
        super().__init__(parent)
        self._on_start = on_start
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._accept)
        if not self._server.listen(name):  # the socket was left behind by a process that was killed
            QLocalServer.removeServer(name)
            self._server.listen(name)

    @property
    def is_first(self) -> bool:
        """Whether this is the window that later starts show."""
        return self._server.isListening()

    def _accept(self) -> None:
        while self._server.hasPendingConnections():
            socket = self._server.nextPendingConnection()
            socket.setParent(self)
            socket.disconnected.connect(socket.deleteLater)
            socket.readyRead.connect(self._read)
            if socket.canReadLine():  # the line may have arrived before the signal was connected
                self._answer(socket)

    def _read(self) -> None:
        socket = self.sender()
        if isinstance(socket, QLocalSocket):
            if socket.canReadLine():
                self._answer(socket)
            elif socket.bytesAvailable() > _MAX_REQUEST:
                socket.abort()

    def _answer(self, socket: QLocalSocket) -> None:
        line = socket.readLine(_MAX_REQUEST).data()
        socket.write(b"ok\n")
        socket.flush()
        self._on_start(_session(bytes(line)))


def _session(line: bytes) -> str:
    try:
        asked = json.loads(line)
    except ValueError:
        return ""
    session = asked.get("session") if isinstance(asked, dict) else ""  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType] - any JSON
    return session if isinstance(session, str) else ""
