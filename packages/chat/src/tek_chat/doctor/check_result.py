"""The result of each check, and what a user can do about one that failed. Pure."""

from dataclasses import dataclass
from enum import StrEnum


class CheckName(StrEnum):
    """The checks, in the order in which they run."""

    SETTINGS = "Settings"
    DISCOVERY = "Address"
    DNS = "DNS"
    TCP = "TCP"
    TLS = "TLS"
    UPGRADE = "HTTP upgrade"
    SUBPROTOCOL = "Subprotocol"
    AUTH = "Sign-in"
    ROUND_TRIP = "Response time"


class CheckState(StrEnum):
    """How a check ended."""

    OK = "ok"
    FAILED = "failed"
    SKIPPED = "skipped"


_MARKS = {CheckState.OK: "✓", CheckState.FAILED: "✕", CheckState.SKIPPED: "·"}


@dataclass(frozen=True, slots=True)
class Check:
    """The result of one check; `mend` says what the user can do about a failed one."""

    name: CheckName
    state: CheckState
    detail: str = ""
    mend: str = ""

    @property
    def mark(self) -> str:
        """The state as one character, readable without its colour."""
        return _MARKS[self.state]


class CheckFailed(Exception):
    """A check found a problem."""

    def __init__(self, detail: str, mend: str) -> None:
        super().__init__(detail)
        self.detail, self.mend = detail, mend


class CheckSkipped(Exception):
    """A check does not apply here; the text says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)


MENDS = {
    CheckName.SETTINGS: "correct the file",
    CheckName.DISCOVERY: "open a chat, which starts a gateway here, or set TEK_URL to another one",
    CheckName.DNS: "check the host name and the network connection",
    CheckName.TCP: "start the gateway there, or check the host, the port and any firewall",
    CheckName.TLS: "check the gateway's certificate; if the gateway does not speak TLS, use ws://",
    CheckName.UPGRADE: "check host, port and path; a gateway answers WebSocket handshakes there",
    CheckName.SUBPROTOCOL: "check that the server there is a Tek gateway",
    CheckName.AUTH: "log in with a token that the gateway accepts, or set TEK_TOKEN",
    CheckName.ROUND_TRIP: "read the gateway's log",
}
