"""The address to dial and the token to send, determined anew at every attempt.

Tokens are not kept, and not sent unencrypted to another machine unless the caller allows it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from reconnect_core.errors import InvalidURL
from reconnect_core.io.link import Call, DialFailed
from reconnect_core.rules.address import CLEARTEXT_REFUSAL, check_url, may_carry_token
from reconnect_core.rules.verdict import Cause, Failure
from tek_protocol.envelope import SUBPROTOCOL_PLAIN, SUBPROTOCOL_RESUME

Provider: TypeAlias = Callable[[], Awaitable[str]]
"""Called at every attempt. Raises `OSError` for a temporary failure and `ValueError` for a
permanent one; the text is shown as the reason, so it must not contain a secret."""

_OFFERS = (SUBPROTOCOL_PLAIN, SUBPROTOCOL_RESUME)
"""Plain first: a server that echoes the first offer without understanding it gets plain mode."""

_PROVIDER_TIMEOUT = 15.0
"""Seconds; a provider may have to start a gateway or to unlock a keyring."""


@dataclass(frozen=True, slots=True)
class Target:
    """A gateway's address and token, or their providers; `resume` offers resumption."""

    url: str | Provider
    token: Provider | None = field(default=None, repr=False)
    token_in_clear: bool = False
    resume: bool = True
    provider_timeout: float = _PROVIDER_TIMEOUT

    def __post_init__(self) -> None:
        """Raise `InvalidURL` for an address that can never be dialled."""
        if isinstance(self.url, str):
            check_url(self.url)

    @property
    def gateway(self) -> str:
        """HOST:PORT, or "" if the address comes from a provider."""
        return check_url(self.url) if isinstance(self.url, str) else ""

    async def call(self, frame_limit: int) -> Call:
        """Return what to dial now, or raise `DialFailed`."""
        try:
            async with asyncio.timeout(self.provider_timeout):
                url = self.url if isinstance(self.url, str) else await self.url()
                check_url(url)
                token = await self.token() if self.token is not None else ""
        except TimeoutError as error:
            detail = "the address or the token was not provided in time"
            raise DialFailed(Failure(Cause.TIMEOUT, detail)) from error
        except OSError as error:
            raise DialFailed(Failure(Cause.NETWORK, _text(error))) from error
        except ValueError as error:
            cause = Cause.ADDRESS if isinstance(error, InvalidURL) else Cause.PROVIDER
            raise DialFailed(Failure(cause, _text(error))) from error
        self._check(url, token)
        offers = _OFFERS if self.resume else _OFFERS[:1]
        return Call(url, token or None, offers, frame_limit)

    def _check(self, url: str, token: str) -> None:
        if not (token.isascii() and token.isprintable()):
            detail = "the token contains a character that no header allows, perhaps a line break"
            raise DialFailed(Failure(Cause.PROVIDER, detail))
        if token and not (may_carry_token(url) or self.token_in_clear):
            detail = f"{CLEARTEXT_REFUSAL}; use wss://"
            raise DialFailed(Failure(Cause.ADDRESS, detail))


def _text(error: Exception) -> str:
    return str(error) or type(error).__name__
