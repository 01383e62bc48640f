"""What the user does with sessions: list, open, rename and delete them."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from textual.app import App

from reconnect_core import Phase, RequestFailed, SessionClosed
from tek_chat import Client, View
from tek_cli.screen.dialogs import Ask, Confirm
from tek_cli.screen.sidebar import Sidebar
from tek_protocol.chat import SessionInfo

_NOT_STARTED = "This session has no messages yet"


class SessionActions:
    """Has `client` carry them out, asks the user in dialogs of `app`, and fills `sidebar`."""

    def __init__(
        self, app: App[None], client: Client, sidebar: Sidebar, tell: Callable[[str], None]
    ) -> None:
        self._app, self._client, self._sidebar, self._tell = app, client, sidebar, tell
        self._is_outdated = asyncio.Event()
        self._listed_for: tuple[str, bool, int] = ("", False, 0)

    # ---- The list ----------------------------------------------------------------------------

    def note(self, view: View) -> None:
        """Fetch the list again if `view` has another session or connection, or a new answer.

        Not more often: each fetch is a request to the gateway.
        """
        is_online = view.connection.phase is Phase.ONLINE
        now = (view.session_id, is_online, id(view.items) if view.is_settled else 0)
        if now != self._listed_for:
            self._listed_for = now
            self.refresh()

    def refresh(self) -> None:
        """Fetch the list again."""
        self._is_outdated.set()

    async def keep_list(self) -> None:
        """Fetch the list whenever it is outdated, until cancelled."""
        while True:
            await self._is_outdated.wait()
            self._is_outdated.clear()
            with suppress(RequestFailed, SessionClosed):
                self._sidebar.show_sessions(await self._client.sessions())

    # ---- One session -------------------------------------------------------------------------

    def open(self, session_id: str) -> None:
        """Open a session; "" is a new one."""
        self._client.order(partial(self._client.open, session_id))

    def rename_current(self, title: str) -> None:
        """Rename the current session."""
        if not title:
            self._tell("Usage: /rename TITLE")
        else:
            self._client.request(partial(self._rename, self._client.view.session_id, title))

    async def ask_to_rename(self, session: SessionInfo) -> None:
        """Ask for a title and rename `session`."""
        title = await self._app.push_screen_wait(Ask("New title:", session.title))
        if title is not None:
            self._client.request(partial(self._rename, session.session_id, title))

    async def _rename(self, session_id: str, title: str) -> None:
        if not session_id:
            self._tell(_NOT_STARTED)
            return
        await self._client.rename(session_id, title)
        self.refresh()

    async def ask_to_delete_current(self) -> None:
        """Delete the current session once the user has confirmed it."""
        view = self._client.view
        if view.session_id:
            count = len(view.exchanges)
            await self.ask_to_delete(SessionInfo(view.session_id, message_count=count))
        else:
            self._tell(_NOT_STARTED)

    async def ask_to_delete(self, session: SessionInfo) -> None:
        """Delete `session` once the user has confirmed it."""
        name = session.title or session.session_id
        count = session.message_count
        messages = "1 message" if count == 1 else f"{count} messages"
        question = f"Permanently delete “{name}” ({messages}), here and on the gateway?"
        if await self._app.push_screen_wait(Confirm(question)):
            self._client.request(partial(self._delete, session.session_id))

    async def _delete(self, session_id: str) -> None:
        await self._client.delete(session_id)
        self.refresh()
