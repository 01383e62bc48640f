"""A client as the user has set it up: settings, environment and options in one place.

Both clients start here, so that they cannot differ. It must never keep a token.
"""

import asyncio
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from reconnect_core import Provider, RealWorld
from tek_chat.client import Client, Listener
from tek_chat.config.settings import Settings, load_settings, settings_path
from tek_chat.config.tokens import find_token
from tek_chat.journal.journal import Journal, JournalError, journal_path
from tek_chat.local.discovery import Address, Origin, find_address, find_or_start_local


@dataclass(frozen=True, slots=True)
class Setup:
    """The settings, and the gateway that they or somebody before them named: read once.

    `TEK_TOKEN` is for the gateway that the user means now, and `is_meant` says that it is this.
    """

    settings: Settings
    address: Address
    is_meant: bool = True

    @property
    def url(self) -> str:
        """The gateway's address, "" for this machine's own, wherever it listens."""
        return self.address.url if isinstance(self.address.url, str) else ""

    @property
    def journal_path(self) -> Path:
        """Where the chats with this gateway are kept."""
        return journal_path(self.url)

    async def token(self) -> str:
        """Return the token for this gateway, "" without one; raises `OSError`."""
        environment: Mapping[str, str] = os.environ if self.is_meant else {}
        return (await asyncio.to_thread(find_token, self.url, environment)).text

    def at(self, url: str) -> "Setup":
        """Return the same for another gateway; "" is this machine's own."""
        local = Address(find_or_start_local, Origin.LOCAL)
        address = Address(url, Origin.JOURNAL) if url else local
        return Setup(self.settings, address, is_meant=url == self.url)

    def found_by(self, provider: Provider) -> "Setup":
        """Return the same with this machine's gateway as `provider` finds it."""
        return replace(self, address=Address(provider, Origin.LOCAL))

    def client(
        self,
        *,
        session_id: str | None = None,
        listeners: Sequence[Listener] = (),
        keeps: bool = True,
    ) -> Client:
        """Return a client, not yet entered; must be called on a running loop.

        `session_id` None is the session that was used last, and "" a new one. Unless it `keeps`
        its messages, they end with the process.
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
    """Return what is set up; `url` is what the user gave on the command line.

    Raises `SettingsError`, and `InvalidURL` for an address, wherever it came from, that cannot
    be one.
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
    """Return a client of what is set up, as `Setup.client` does; raises as `read_setup` does."""
    return read_setup(url).client(session_id=session_id, listeners=listeners, keeps=keeps)
