"""A client as the user has set it up: settings, environment and options in one place.

Both clients start here, so that they cannot differ. It must never keep a token.
"""

import os
from collections.abc import Sequence

from reconnect_core import RealWorld
from tek_chat.client import Client, Listener
from tek_chat.discovery import find_address
from tek_chat.settings import load_settings, settings_path


def configured_client(
    *, url: str | None = None, session_id: str = "", listeners: Sequence[Listener] = ()
) -> Client:
    """Return a client, not yet entered; `url` is what the user gave on the command line.

    Must be called on a running loop. Raises `SettingsError`, and `InvalidURL` for an address,
    wherever it came from, that cannot be one.
    """
    settings = load_settings(settings_path())
    return Client(
        find_address(url, os.environ, settings).url,
        session_id=session_id,
        token=_token,
        resume=settings.reconnect.resume,
        backoff=settings.reconnect.backoff,
        world=RealWorld(settings.reconnect.seed),
        listeners=listeners,
    )


async def _token() -> str:
    return os.environ.get("TEK_TOKEN", "").strip()  # a line end from a file is no part of it
