"""The connection page: uptime, the gateway, its logs, checks, and control of a local gateway.

It requests nothing from a gateway itself: `PageUpdater` fills it.
"""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontDatabase, QHideEvent, QPalette, QShowEvent
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from tek_chat.local.health import Health
from tek_chat.view.uptime import Uptime, duration_text
from tek_desktop.status.checks_panel import ChecksPanel
from tek_desktop.status.uptime_chart import UptimeChart
from tek_desktop.widgets.announce import announce
from tek_desktop.widgets.layout_metrics import GAP

_LINES = 2_000
"""Lines of a log that are shown."""

_CONTROLS = (("Start", "start"), ("Stop", "stop"), ("Restart", "restart"))


class ConnectionPage(QWidget):
    """Draws what `PageUpdater` finds out while the page is visible."""

    visibility_changed = Signal(bool)
    """Whether the page is visible; otherwise it need not be updated."""
    closed = Signal()
    control_requested = Signal(str)
    """"start", "stop" or "restart": what to do with the gateway on this computer."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.uptime_chart = UptimeChart(self)
        self._gateway = QLabel(self)
        self._gateway.setTextFormat(Qt.TextFormat.PlainText)
        self._gateway.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._progress = QLabel(self)
        self._progress.setWordWrap(True)
        self._progress.setTextFormat(Qt.TextFormat.PlainText)
        self._progress.hide()
        self._control_buttons = [self._button(name, command) for name, command in _CONTROLS]
        self.events, self.gateway_log = _log("Events", self), _log("Gateway log", self)
        self.tabs = QTabWidget(self)
        self.tabs.addTab(self.events, "Events")
        self.tabs.addTab(self.gateway_log, "Gateway log")
        self.checks = ChecksPanel(self)
        self.tabs.addTab(self.checks, "Checks")
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setAutoFillBackground(True)
        self._build_layout()
        self.show_health("", None)

    def draw(self, uptime: Uptime) -> None:
        """Show the uptime of the last 24 hours."""
        self.uptime_chart.draw(uptime)

    def show_health(self, url: str, health: Health | None, *, is_local: bool = False) -> None:
        """Show the health of the gateway at `url`; None if it does not respond."""
        if health is None:
            text = f"{url}: Not responding" if url else "No gateway is running on this computer"
        else:
            text = (
                f"{url}\nversion {health.version or 'unknown'} · instance {health.instance}"
                f" · up for {duration_text(health.uptime)}\n{health.connections} connections"
                f" · {health.sessions} sessions"
            )
        self._gateway.setText(text)
        for button, is_offered in zip(
            self._control_buttons,
            (health is None, health is not None, health is not None),
            strict=True,
        ):
            button.setVisible(is_local)
            button.setEnabled(is_offered)

    def show_progress(self, text: str) -> None:
        """Show the progress or result of a start, stop or restart."""
        self._progress.setText(text)
        self._progress.show()
        announce(self, text)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        super().showEvent(event)
        self.visibility_changed.emit(True)  # noqa: FBT003 - the signal's only value

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802 - Qt's name
        super().hideEvent(event)
        self.visibility_changed.emit(False)  # noqa: FBT003 - likewise

    def _button(self, name: str, command: str) -> QPushButton:
        button = QPushButton(name, self)
        button.setToolTip(f"{name} the gateway on this computer")
        button.clicked.connect(lambda: self.control_requested.emit(command))
        return button

    def _build_layout(self) -> None:
        title, back = QLabel("Connection", self), QPushButton("Back to the chat", self)
        font = title.font()
        font.setBold(True)
        title.setFont(font)
        back.clicked.connect(self.closed)
        head = QHBoxLayout()
        head.addWidget(title, 1)
        head.addWidget(back)
        controls = QHBoxLayout()
        for button in self._control_buttons:
            controls.addWidget(button)
        middle = QGridLayout()
        middle.addWidget(self._gateway, 0, 0)
        middle.addLayout(controls, 0, 1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
        middle.addWidget(self._progress, 1, 0, 1, 2)
        middle.setColumnStretch(0, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP * 2, GAP * 2, GAP * 2, GAP * 2)
        column.setSpacing(GAP * 2)
        column.addLayout(head)
        column.addWidget(self.uptime_chart)
        column.addLayout(middle)
        column.addWidget(self.tabs, 1)


def _log(name: str, parent: QWidget) -> QPlainTextEdit:
    log = QPlainTextEdit(parent)
    log.setReadOnly(True)
    log.setMaximumBlockCount(_LINES)
    log.setAccessibleName(name)
    log.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
    log.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
    return log
