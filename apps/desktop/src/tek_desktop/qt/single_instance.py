"""One window for a gateway: a second start shows the first window and ends.

It must never wait long for a first window that does not answer, nor trust what it is sent.
"""

import hashlib
import json
import os
from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from tek_chat import settings_path

_PATIENCE = 1_000
"""Milliseconds that a first window has to answer."""

_MOST = 4_096
"""Bytes of a request."""


def server_name(url: str) -> str:
    """Return what the window for `url` of this user and these settings is found by."""
    seed = f"{os.getuid()}\n{settings_path()}\n{url}"
    return f"tek-desktop-{hashlib.sha256(seed.encode()).hexdigest()[:16]}"


def raise_first(name: str, session_id: str) -> bool:
    """Return whether a first window is there, and has taken over what this start was for."""
    socket = QLocalSocket()
    socket.connectToServer(name)
    if not socket.waitForConnected(_PATIENCE):
        return False
    socket.write(f"{json.dumps({'session': session_id})}\n".encode())
    socket.flush()
    return socket.waitForReadyRead(_PATIENCE)


class SingleInstance(QObject):
    """Answers later starts; `wanted` is called with the session that they ask for, or ""."""

    def __init__(self, name: str, wanted: Callable[[str], None], parent: QObject) -> None:
        super().__init__(parent)
        self._wanted = wanted
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._greet)
        if not self._server.listen(name):  # left by one that was killed: nobody has answered
            QLocalServer.removeServer(name)
            self._server.listen(name)

    @property
    def is_first(self) -> bool:
        """Whether later starts come here."""
        return self._server.isListening()

    def _greet(self) -> None:
        while self._server.hasPendingConnections():
            socket = self._server.nextPendingConnection()
            socket.setParent(self)
            socket.disconnected.connect(socket.deleteLater)
            socket.readyRead.connect(self._hear)
            if socket.canReadLine():  # it may have come before anybody listened
                self._answer(socket)

    def _hear(self) -> None:
        socket = self.sender()
        if isinstance(socket, QLocalSocket):
            if socket.canReadLine():
                self._answer(socket)
            elif socket.bytesAvailable() > _MOST:
                socket.abort()

    def _answer(self, socket: QLocalSocket) -> None:
        line = socket.readLine(_MOST).data()
        socket.write(b"ok\n")
        socket.flush()
        self._wanted(_session(bytes(line)))


def _session(line: bytes) -> str:
    try:
        asked = json.loads(line)
    except ValueError:
        return ""
    session = asked.get("session") if isinstance(asked, dict) else ""  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType] - any JSON
    return session if isinstance(session, str) else ""
