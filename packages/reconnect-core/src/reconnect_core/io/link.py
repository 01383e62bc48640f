"""The interface of a WebSocket, so that only `io.websocket` depends on a WebSocket library."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from reconnect_core.rules.verdict import Failure

_LONGEST_DETAIL = 200


class DialFailed(Exception):
    """No link was opened."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.detail)
        self.failure = failure


class LinkLost(Exception):
    """The link is lost."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.detail)
        self.failure = failure


@dataclass(frozen=True, slots=True)
class Call:
    """What to dial. `token` is sent in the Authorization header and appears nowhere else."""

    url: str
    token: str | None = field(default=None, repr=False)
    offers: Sequence[str] = ()
    frame_limit: int = 2**20
    timeout: float = 10.0

    def clean(self, said: str) -> str:
        """Return a text of the gateway as one short line for a screen, without the token."""
        hidden = said.replace(self.token, "…") if self.token else said
        line = "".join(each if each.isprintable() else " " for each in hidden)
        return line if len(line) <= _LONGEST_DETAIL else f"{line[:_LONGEST_DETAIL]}…"


class Link(Protocol):
    """One open WebSocket. Every method except `abort` raises `LinkLost`."""

    @property
    def subprotocol(self) -> str | None:
        """The subprotocol that the gateway selected."""
        ...

    @property
    def is_open(self) -> bool:
        """Whether a frame can still be written, as far as this side knows."""
        ...

    async def send(self, text: str) -> None:
        """Write one text frame."""
        ...

    async def receive(self) -> str | bytes:
        """Return the next frame: text, or bytes for a binary one.

        After a loss or `abort`, the frames that had arrived are returned first.
        """
        ...

    async def ping(self) -> None:
        """Send a ping; return when the peer has answered it."""
        ...

    async def close(self) -> None:
        """Close with the closing handshake."""
        ...

    def abort(self) -> None:
        """Drop the TCP connection at once."""
        ...
