"""When the lists of sessions and models are requested from the gateway.

Only when an event may have changed them: every request costs a round trip.
"""

import asyncio
import logging

from reconnect_core import Event, Online, Received, RequestFailed, SessionOpened
from tek_chat import Client
from tek_chat.tek_dialect import TEK_DIALECT
from tek_protocol.chat import ModelInfo, SessionInfo

_logger = logging.getLogger(__name__)


class ListRefresh:
    """Watches the events of a client for those that may have changed a list."""

    def __init__(self) -> None:
        self._sessions_changed, self._models_changed = asyncio.Event(), asyncio.Event()

    def on_event(self, event: Event) -> None:
        """Mark the lists that `event` may have changed."""
        if _may_change_sessions(event):
            self._sessions_changed.set()
        if isinstance(event, Online):  # a gateway that was restarted may have other models
            self._models_changed.set()

    def refresh_sessions(self) -> None:
        """Request the sessions again."""
        self._sessions_changed.set()

    async def next_sessions(self, client: Client) -> tuple[SessionInfo, ...]:
        """Return the gateway's sessions, once they may have changed.

        Raises `SessionClosed` once `client` is closed.
        """
        while True:
            await self._sessions_changed.wait()
            self._sessions_changed.clear()
            try:
                return await client.sessions()
            except RequestFailed as error:
                _logger.info("cannot list the sessions: %s", error)

    async def next_models(self, client: Client) -> tuple[ModelInfo, ...]:
        """Return the gateway's models, once they may have changed; () if the request fails.

        Raises `SessionClosed` once `client` is closed.
        """
        await self._models_changed.wait()
        self._models_changed.clear()
        try:
            return await client.models()
        except RequestFailed as error:
            _logger.info("cannot list the models: %s", error)
            return ()


def _may_change_sessions(event: Event) -> bool:
    match event:
        case Online() | SessionOpened():
            return True
        case Received(envelope=envelope):
            return envelope.type in TEK_DIALECT.endings
        case _:
            return False
