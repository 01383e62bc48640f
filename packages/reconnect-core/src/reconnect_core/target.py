"""Whom to dial and with which token, asked anew at every attempt.

It must never keep a token, nor give one to a host in the clear without being told to.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeAlias
from urllib.parse import urlsplit

from reconnect_core.dial import Call, DialFailed, check_url, explain, is_loopback
from reconnect_core.verdict import Cause, Failure
from tek_protocol.session import SUBPROTOCOL_PLAIN

Provider: TypeAlias = Callable[[], Awaitable[str]]
"""Asked at every attempt. Raises `OSError` when it has no answer this time, `ValueError` when it
never will."""

_PATIENCE = 15.0
"""Seconds that a provider has; it may have to start a gateway, or to open a keyring."""


@dataclass(frozen=True, slots=True)
class Target:
    """A gateway's address and token, each as such or as a provider."""

    url: str | Provider
    token: Provider | None = field(default=None, repr=False)
    token_in_clear: bool = False

    def __post_init__(self) -> None:
        """Raise `InvalidURL` for an address that can never be dialled."""
        if isinstance(self.url, str):
            check_url(self.url)

    async def call(self, frame_limit: int) -> Call:
        """Return what to dial now, or raise `DialFailed`."""
        try:
            async with asyncio.timeout(_PATIENCE):
                url = self.url if isinstance(self.url, str) else await self.url()
                check_url(url)
                token = await self.token() if self.token is not None else ""
        except (OSError, ValueError) as error:
            raise DialFailed(explain(error)) from error
        if token and not (self.token_in_clear or self._is_private(url)):
            detail = "a token is not sent unencrypted to another machine; use wss://"
            raise DialFailed(Failure(Cause.ADDRESS, detail))
        return Call(url, token or None, (SUBPROTOCOL_PLAIN,), frame_limit)

    @staticmethod
    def _is_private(url: str) -> bool:
        return urlsplit(url).scheme == "wss" or is_loopback(url)
