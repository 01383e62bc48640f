"""A token that the user enters: used at once, and saved for the next start.

Saving runs in a thread with a timeout: a keyring may ask its user for a password, or not respond
at all.
"""

import asyncio
import os
from collections.abc import Callable

from tek_chat.config.tokens import TokenError, TokenSource, gateway_name, keep_token, tokens_path

KEYRING_TIMEOUT = 60.0
"""Seconds; the user of a keyring may have to look up its password."""


class TokenEntry:
    """Signs in to the gateway at `url`, "" for the one on this computer."""

    def __init__(self, url: str, timeout: float = KEYRING_TIMEOUT) -> None:
        self._url, self._timeout = url, timeout
        self._is_in_environment = bool(os.environ.get("TEK_TOKEN"))

    async def enter(self, token: str, use: Callable[[], None]) -> str:
        """Save `token`, and call `use` as soon as the client would send it.

        Returns a sentence about where it was saved.
        """
        os.environ["TEK_TOKEN"] = token  # TEK_TOKEN comes before every saved token
        use()
        gateway = gateway_name(self._url)
        try:
            async with asyncio.timeout(self._timeout):
                source = await asyncio.to_thread(keep_token, self._url, token)
        except TokenError as error:
            return _not_saved(gateway, str(error))
        except TimeoutError:
            return _not_saved(gateway, "the keyring does not respond")
        if os.environ.get("TEK_TOKEN") == token:  # another one may have been entered meanwhile
            del os.environ["TEK_TOKEN"]
        is_in_keyring = source is TokenSource.KEYRING
        place = "the keyring" if is_in_keyring else f"{tokens_path()} (only you can read it)"
        warning = (
            " At the next start, TEK_TOKEN is used instead." if self._is_in_environment else ""
        )
        return f"Token for {gateway} saved in {place}.{warning}"


def _not_saved(gateway: str, reason: str) -> str:
    return f"Token for {gateway} not saved: {reason}. It is used until you quit Tek."
