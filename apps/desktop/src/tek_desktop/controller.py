"""The controller: draws the client's view in the window, and carries out the user's actions.

It decides nothing: what to show is in the view, what happens next is up to the client.
"""

import asyncio
from collections.abc import Awaitable, Callable, Generator, Sequence
from contextlib import aclosing, contextmanager, suppress
from functools import partial

from reconnect_core import NotQueued, RequestFailed, SessionClosed
from tek_chat import Client, SettingsError, View
from tek_chat.orders import Order
from tek_desktop.qt.unexpected_errors import UnexpectedErrors
from tek_desktop.sidebar.list_refresh import ListRefresh
from tek_desktop.status.token_entry import TokenEntry
from tek_desktop.window.main_window import Window
from tek_protocol import chat

FRAME = 0.04
"""Seconds between two drawings: 25 per second look smooth enough for text."""


class Controller:
    """Connects `client` and `window`. `view_listeners` are called with every view that is drawn."""

    def __init__(  # noqa: PLR0913 - everything that it connects
        self,
        client: Client,
        window: Window,
        list_refresh: ListRefresh,
        token_entry: TokenEntry,
        *,
        errors: UnexpectedErrors,
        view_listeners: Sequence[Callable[[View], None]] = (),
    ) -> None:
        self._client, self._window = client, window
        self._list_refresh, self._token_entry = list_refresh, token_entry
        self._errors, self._view_listeners = errors, view_listeners
        client.on_failure = self._show_failure
        actions = window.user_actions
        actions.submitted.connect(self._enter)
        actions.retry_now_requested.connect(client.retry_now)
        actions.retried.connect(self._in_order(client.retry))
        actions.opened.connect(self._in_order(self._open))
        actions.carried_over.connect(lambda: client.order(client.carry_over))
        actions.discarded.connect(client.discard)
        actions.edited.connect(self._edit)
        actions.decided.connect(self._decide)
        actions.confirmed.connect(self._confirm)
        actions.stopped.connect(lambda: self._request(client.stop))
        actions.model_chosen.connect(window.models.choose)
        actions.token_entered.connect(self._enter_token)
        actions.settings_requested.connect(self._show_settings)
        actions.renamed.connect(self._rename)
        actions.deleted.connect(self._delete)

    async def work(self) -> None:
        """Draw views and refresh the lists, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._draw_views())
            tasks.create_task(self._refresh_sessions())
            tasks.create_task(self._refresh_models())

    async def settled(self) -> None:
        """Return once everything submitted so far is answered, or never will be."""
        await self._client.settled()

    async def _draw_views(self) -> None:
        async with aclosing(self._client.views()) as views:
            async for view in views:
                with self._errors.reported():
                    self._window.draw(view)
                    for listener in self._view_listeners:
                        listener(view)
                await asyncio.sleep(FRAME)

    def _show_failure(self, error: Exception) -> None:
        with self._errors.reported():
            if not isinstance(error, RequestFailed):
                raise error
            self._client.warn(str(error))

    async def _refresh_sessions(self) -> None:
        while True:
            with self._reported():
                sessions = await self._list_refresh.next_sessions(self._client)
                self._window.show_sessions(sessions)

    async def _refresh_models(self) -> None:
        while True:
            with self._reported():
                self._window.show_models(await self._list_refresh.next_models(self._client))

    @contextmanager
    def _reported(self) -> Generator[None]:
        """Report unexpected errors and continue; a client that is closed meanwhile is none."""
        with self._errors.reported(), suppress(SessionClosed):
            yield

    async def _open(self, session_id: str) -> None:
        self._window.models.switch_to(session_id)
        await self._client.open(session_id)

    def _enter(self, text: str) -> None:
        """Submit `text`; Enter on an empty draft retries the connection now."""
        if text.strip():
            self._client.order(partial(self._submit, text))
        else:
            self._client.retry_now()

    async def _submit(self, text: str) -> None:
        models = self._window.models
        models.set_current_id(self._client.view.session_id)
        try:
            await self._client.submit(text, model=models.current or None)
        except NotQueued:
            self._window.restore_text(text)

    def _edit(self, message_id: str) -> None:
        """Move a message back into the composer, unless it is already on its way."""
        exchange = self._client.view.exchange(message_id)
        self._client.discard(message_id)
        if exchange is not None and self._client.view.exchange(message_id) is None:
            self._window.restore_text(exchange.text)

    def _decide(self, approval_id: str, decision: chat.Decision) -> None:
        with suppress(NotQueued):  # the view shows it
            self._client.decide(approval_id, decision)

    def _confirm(self, checklist_id: str, accepted: bool) -> None:  # noqa: FBT001 - Qt's signal has it
        with suppress(NotQueued):  # the view shows it
            self._client.confirm(checklist_id, accepted=accepted)

    def _rename(self, session_id: str, title: str) -> None:
        self._request(partial(self._client.rename, session_id, title))

    def _delete(self, session_id: str) -> None:
        if session_id == self._client.view.session_id:
            self._window.models.switch_to("")
        self._request(partial(self._client.delete, session_id))

    def _enter_token(self, token: str) -> None:
        self._request(partial(self._use_token, token))

    async def _use_token(self, token: str) -> None:
        self._window.show_note(await self._token_entry.enter(token, self._client.retry_now))

    def _show_settings(self) -> None:
        from tek_desktop.window.preferences import show_settings  # noqa: PLC0415 - rarely needed

        try:
            show_settings(self._window)
        except SettingsError as error:
            self._window.show_error(str(error))

    def _in_order(self, call: Callable[[str], Awaitable[object]]) -> Callable[[str], None]:
        """Return a slot that queues `call` as an order."""
        return lambda argument: self._client.order(partial(call, argument))

    def _request(self, request: Order) -> None:
        self._client.request(partial(self._run_request, request))

    async def _run_request(self, request: Order) -> None:
        try:
            await request()
        finally:
            self._list_refresh.refresh_sessions()
