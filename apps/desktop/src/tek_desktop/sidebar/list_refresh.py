"""When the lists of sessions and of models are asked for.

It must never ask without a reason: every question goes to the gateway.
"""

import asyncio
import logging

from reconnect_core import Event, Online, Received, RequestFailed, SessionOpened
from tek_chat import Client
from tek_chat.tek_dialect import TEK_DIALECT
from tek_protocol.chat import ModelInfo, SessionInfo

_logger = logging.getLogger(__name__)


class ListRefresh:
    """Knows by the events it hears whether a list may have changed."""

    def __init__(self) -> None:
        self._stale, self._is_back = asyncio.Event(), asyncio.Event()

    def hear(self, event: Event) -> None:
        """Take note of an event."""
        if _may_change_sessions(event):
            self._stale.set()
        if isinstance(event, Online):  # a gateway that was started again may have others
            self._is_back.set()

    def refresh(self) -> None:
        """Have the sessions asked for again."""
        self._stale.set()

    async def next(self, client: Client) -> tuple[SessionInfo, ...]:
        """Return the sessions once they may have changed and the gateway has named them.

        Raises `SessionClosed` once `client` is closed.
        """
        while True:
            await self._stale.wait()
            self._stale.clear()
            try:
                return await client.sessions()
            except RequestFailed as error:
                _logger.info("the sessions are not known: %s", error)

    async def next_models(self, client: Client) -> tuple[ModelInfo, ...]:
        """Return the models once they may have changed, none from a gateway that names none.

        Raises `SessionClosed` once `client` is closed.
        """
        await self._is_back.wait()
        self._is_back.clear()
        try:
            return await client.models()
        except RequestFailed as error:
            _logger.info("the models are not known: %s", error)
            return ()


def _may_change_sessions(event: Event) -> bool:
    match event:
        case Online() | SessionOpened():
            return True
        case Received(envelope=envelope):
            return envelope.type in TEK_DIALECT.endings
        case _:
            return False
