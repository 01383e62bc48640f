"""Creates a client from the settings, the environment and the options of a user.

Every UI starts here, so that all of them behave the same. The token is read at every attempt, and
not kept.
"""

import asyncio
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from reconnect_core import Provider, RealWorld
from tek_chat.client import Client
from tek_chat.config.settings import Settings, load_settings, settings_path
from tek_chat.config.tokens import find_token
from tek_chat.journal.journal import Journal, JournalError, journal_path
from tek_chat.local.discovery import Address, Origin, find_address, find_or_start_local
from tek_chat.open_sessions import Listener


@dataclass(frozen=True, slots=True)
class Setup:
    """The settings, and the gateway to use: read once.

    `TEK_TOKEN` belongs to the gateway that the user chose for this process; `is_meant` is False
    for any other.
    """

    settings: Settings
    address: Address
    is_meant: bool = True

    @property
    def url(self) -> str:
        """The gateway's address, "" for the gateway on this computer, whatever its port."""
        return self.address.url if isinstance(self.address.url, str) else ""

    @property
    def journal_path(self) -> Path:
        """The file with the conversations of this gateway."""
        return journal_path(self.url)

    async def token(self) -> str:
        """Return the token for this gateway, "" without one; raises `OSError`."""
        environment: Mapping[str, str] = os.environ if self.is_meant else {}
        return (await asyncio.to_thread(find_token, self.url, environment)).text

    def at(self, url: str) -> "Setup":
        """Return the setup for another gateway; "" is the one on this computer."""
        local = Address(find_or_start_local, Origin.LOCAL)
        address = Address(url, Origin.JOURNAL) if url else local
        return Setup(self.settings, address, is_meant=url == self.url)

    def found_by(self, provider: Provider) -> "Setup":
        """Return the setup with the gateway on this computer as `provider` finds it."""
        return replace(self, address=Address(provider, Origin.LOCAL))

    def client(
        self,
        *,
        session_id: str | None = None,
        listeners: Sequence[Listener] = (),
        keeps: bool = True,
    ) -> Client:
        """Return a client, not yet entered; call it on a running loop.

        `session_id` None is the session used last, and "" a new one. Without `keeps`, messages are
        not saved to the journal.
        """
        journal, problem = self._journal() if keeps else (None, "")
        client = Client(
            self.address.url,
            session_id=session_id,
            token=self.token,
            journal=journal,
            backoff=self.settings.reconnect.backoff,
            world=RealWorld(self.settings.reconnect.seed),
            listeners=listeners,
        )
        client.model = self.settings.model
        if problem:
            client.warn(problem)
        return client

    def _journal(self) -> tuple[Journal | None, str]:
        path = self.journal_path
        try:
            return Journal.open(path, self.url), ""
        except JournalError as error:
            return None, f"messages are not saved: {error} ({path})"


def read_setup(url: str | None = None) -> Setup:
    """Return the setup; `url` is the gateway given on the command line.

    Raises `SettingsError`, and `InvalidURL` for an invalid address from any source.
    """
    settings = load_settings(settings_path())
    return Setup(settings, find_address(url, os.environ, settings))


def configured_client(
    *,
    url: str | None = None,
    session_id: str | None = None,
    listeners: Sequence[Listener] = (),
    keeps: bool = True,
) -> Client:
    """Return a client for the current setup, as `Setup.client` does; raises like `read_setup`."""
    return read_setup(url).client(session_id=session_id, listeners=listeners, keeps=keeps)
