"""All there is to know about the connection, and what can be done about a local gateway.

It must never ask a gateway anything: it is told, and says what the user wants.
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
from tek_chat.view.uptime import Uptime, lasted
from tek_desktop.status.checks_panel import ChecksPanel
from tek_desktop.status.uptime_chart import UptimeChart
from tek_desktop.widgets.announce import announce
from tek_desktop.widgets.layout_metrics import GAP

_LINES = 2_000
"""Lines of a log that are shown."""

_ACTS = (("Start", "start"), ("Stop", "stop"), ("Restart", "restart"))


class ConnectionPage(QWidget):
    """A timeline, the gateway, two logs, and what there is between here and there."""

    seen = Signal(bool)
    """Whether somebody looks at it: only then it needs to be told anything."""
    closed = Signal()
    wanted = Signal(str)
    """Start, stop or restart this machine's gateway."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.timeline = UptimeChart(self)
        self._gateway = QLabel(self)
        self._gateway.setTextFormat(Qt.TextFormat.PlainText)
        self._gateway.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._act = QLabel(self)
        self._act.setWordWrap(True)
        self._act.setTextFormat(Qt.TextFormat.PlainText)
        self._act.hide()
        self._acts = [self._button(name, act) for name, act in _ACTS]
        self.events, self.gateway_log = _log("Events", self), _log("Gateway's log", self)
        self.tabs = QTabWidget(self)
        self.tabs.addTab(self.events, "Events")
        self.tabs.addTab(self.gateway_log, "Gateway's log")
        self.checks = ChecksPanel(self)
        self.tabs.addTab(self.checks, "ChecksPanel")
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setAutoFillBackground(True)
        self._lay_out()
        self.tell_health("", None)

    def draw(self, history: Uptime) -> None:
        """Show how the connection was."""
        self.timeline.draw(history)

    def tell_health(self, url: str, health: Health | None, *, is_local: bool = False) -> None:
        """Show which gateway answers at `url`, if one does."""
        if health is None:
            text = f"{url or 'No gateway'}: no answer"
        else:
            text = (
                f"{url}\nversion {health.version or 'unknown'} · instance {health.instance}"
                f" · up for {lasted(health.uptime)}\n{health.connections} connections"
                f" · {health.sessions} sessions"
            )
        self._gateway.setText(text)
        for button, is_offered in zip(
            self._acts, (health is None, health is not None, health is not None), strict=True
        ):
            button.setVisible(is_local)
            button.setEnabled(is_offered)

    def tell_act(self, text: str) -> None:
        """Show what becomes of a start or a stop."""
        self._act.setText(text)
        self._act.show()
        announce(self, text)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        super().showEvent(event)
        self.seen.emit(True)  # noqa: FBT003 - the signal's only fact

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802 - Qt's name
        super().hideEvent(event)
        self.seen.emit(False)  # noqa: FBT003 - likewise

    def _button(self, name: str, act: str) -> QPushButton:
        button = QPushButton(name, self)
        button.setToolTip(f"{name} this machine's gateway")
        button.clicked.connect(lambda: self.wanted.emit(act))
        return button

    def _lay_out(self) -> None:
        title, back = QLabel("Connection", self), QPushButton("Back to the chat", self)
        font = title.font()
        font.setBold(True)
        title.setFont(font)
        back.clicked.connect(self.closed)
        head = QHBoxLayout()
        head.addWidget(title, 1)
        head.addWidget(back)
        acts = QHBoxLayout()
        for button in self._acts:
            acts.addWidget(button)
        middle = QGridLayout()
        middle.addWidget(self._gateway, 0, 0)
        middle.addLayout(acts, 0, 1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
        middle.addWidget(self._act, 1, 0, 1, 2)
        middle.setColumnStretch(0, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP * 2, GAP * 2, GAP * 2, GAP * 2)
        column.setSpacing(GAP * 2)
        column.addLayout(head)
        column.addWidget(self.timeline)
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
