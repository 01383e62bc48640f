"""A client as the user has set it up: settings, environment and options in one place.

Both clients start here, so that they cannot differ. It must never keep a token.
"""

import os
from collections.abc import Sequence
from pathlib import Path

from reconnect_core import RealWorld
from tek_chat.client import Client, Listener
from tek_chat.discovery import find_address
from tek_chat.journal import Journal, JournalError, journal_path
from tek_chat.settings import load_settings, settings_path


def configured_client(
    *,
    url: str | None = None,
    session_id: str | None = None,
    listeners: Sequence[Listener] = (),
    keeps: bool = True,
) -> Client:
    """Return a client, not yet entered; `url` is what the user gave on the command line.

    `session_id` None is the session that was used last, and "" a new one. Unless it `keeps` its
    messages, they end with the process. Must be called on a running loop. Raises
    `SettingsError`, and `InvalidURL` for an address, wherever it came from, that cannot be one.
    """
    settings = load_settings(settings_path())
    address = find_address(url, os.environ, settings)
    journal, problem = None, ""
    if keeps:
        named = address.url if isinstance(address.url, str) else ""
        journal, problem = _opened(journal_path(named))
    client = Client(
        address.url,
        session_id=session_id,
        token=_token,
        journal=journal,
        backoff=settings.reconnect.backoff,
        world=RealWorld(settings.reconnect.seed),
        listeners=listeners,
    )
    if problem:
        client.warn(problem)
    return client


def _opened(path: Path) -> tuple[Journal | None, str]:
    try:
        return Journal.open(path), ""
    except JournalError as error:
        return None, f"messages are not saved: {error} ({path})"


async def _token() -> str:
    return os.environ.get("TEK_TOKEN", "").strip()  # a line end from a file is no part of it
