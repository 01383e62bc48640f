"""A token that the user has entered: used at once, and kept for the next start.

It must never show the token, nor hold anything up: a keyring asks its user for a password before
it keeps anything, or does not answer at all.
"""

import asyncio
import os
from collections.abc import Callable

from tek_chat.config.tokens import TokenError, TokenSource, gateway_name, keep_token, tokens_path

PATIENCE = 60.0
"""Seconds for a keyring, so that its user can find its password."""


class TokenEntry:
    """Logs in at the gateway at `url`, "" for this machine's own."""

    def __init__(self, url: str, patience: float = PATIENCE) -> None:
        self._url, self._patience = url, patience
        self._is_given = bool(os.environ.get("TEK_TOKEN"))

    async def enter(self, token: str, use: Callable[[], None]) -> str:
        """Keep `token`, and call `use` as soon as it is what the gateway is told.

        Returns what to tell of it.
        """
        os.environ["TEK_TOKEN"] = token  # comes first wherever a token is looked for
        use()
        whose = f"The token for {gateway_name(self._url)}"
        try:
            async with asyncio.timeout(self._patience):
                source = await asyncio.to_thread(keep_token, self._url, token)
        except TokenError as error:
            return f"{whose} is used until Tek is quit; it is not kept: {error}."
        except TimeoutError:
            return f"{whose} is used until Tek is quit; the keyring does not answer."
        if os.environ.get("TEK_TOKEN") == token:  # else another one was entered meanwhile
            del os.environ["TEK_TOKEN"]
        where = (
            "the keyring" if source is TokenSource.KEYRING else f"{tokens_path()}, for you alone"
        )
        later = "; TEK_TOKEN comes before it at the next start" if self._is_given else ""
        return f"{whose} is kept in {where}{later}."
