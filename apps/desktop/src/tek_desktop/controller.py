"""Between the user and the client: draws what is, passes on what is wanted.

It must never decide anything: what to show is the view's, what happens next is the client's.
"""

import asyncio
from collections.abc import Awaitable, Callable, Generator, Sequence
from contextlib import aclosing, contextmanager, suppress
from functools import partial
from typing import TypeAlias

from reconnect_core import NotQueued, RequestFailed, SessionClosed
from tek_chat import Client, SettingsError, View
from tek_desktop.qt.unexpected_errors import UnexpectedErrors
from tek_desktop.sidebar.list_refresh import ListRefresh
from tek_desktop.status.token_entry import TokenEntry
from tek_desktop.window.main_window import Window
from tek_protocol import chat

FRAME = 0.04
"""Seconds between two drawings: 25 a second is as smooth as text needs to be."""

Order: TypeAlias = Callable[[], Awaitable[object]]


class Controller:
    """Carries out the wishes of `window` with `client`, and draws its view there.

    `watching` are shown every view as well.
    """

    def __init__(  # noqa: PLR0913 - what it stands between
        self,
        client: Client,
        window: Window,
        listing: ListRefresh,
        login: TokenEntry,
        *,
        faults: UnexpectedErrors,
        watching: Sequence[Callable[[View], None]] = (),
    ) -> None:
        self._watching = watching
        self._client, self._window = client, window
        self._listing, self._login, self._faults = listing, login, faults
        self._orders: asyncio.Queue[Order] = asyncio.Queue()
        self._requests: asyncio.Queue[Order] = asyncio.Queue()
        wishes = window.wishes
        wishes.submitted.connect(self._enter)
        wishes.hurried.connect(client.retry_now)
        wishes.retried.connect(self._ordered(client.retry))
        wishes.opened.connect(self._ordered(self._open))
        wishes.carried_over.connect(lambda: self._order(client.carry_over))
        wishes.discarded.connect(client.discard)
        wishes.edited.connect(self._edit)
        wishes.decided.connect(self._decide)
        wishes.confirmed.connect(self._confirm)
        wishes.stopped.connect(lambda: self._request(client.stop))
        wishes.model_chosen.connect(window.models.choose)
        wishes.token_given.connect(self._enter_token)
        wishes.settings_wanted.connect(self._show_settings)
        wishes.renamed.connect(self._rename)
        wishes.deleted.connect(self._delete)

    async def work(self) -> None:
        """Draw, obey and keep the list, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._draw())
            tasks.create_task(self._obey())
            tasks.create_task(self._list())
            tasks.create_task(self._list_models())
            while True:
                tasks.create_task(self._ask(await self._requests.get()))

    async def settled(self) -> None:
        """Return once all that was submitted so far has been answered, or never will be."""
        await self._orders.join()
        await self._client.settled()

    async def _draw(self) -> None:
        async with aclosing(self._client.views()) as views:
            async for view in views:
                with self._faults.caught():
                    self._window.draw(view)
                    for watch in self._watching:
                        watch(view)
                await asyncio.sleep(FRAME)

    async def _obey(self) -> None:
        """Carry out one order after the other, so that none overtakes."""
        while True:
            order = await self._orders.get()
            with self._caught(), suppress(NotQueued):  # the view says so
                await order()
            self._orders.task_done()

    async def _ask(self, request: Order) -> None:
        """Carry out what waits for the gateway's answer, and holds nothing else up."""
        with self._caught():
            try:
                await request()
            except RequestFailed as error:
                self._client.warn(str(error))
            self._listing.refresh()

    async def _list(self) -> None:
        while True:
            with self._caught():
                self._window.list_sessions(await self._listing.next(self._client))

    async def _list_models(self) -> None:
        while True:
            with self._caught():
                self._window.list_models(await self._listing.next_models(self._client))

    @contextmanager
    def _caught(self) -> Generator[None]:
        """Let nothing end the work; what was left open when the client was closed is no fault."""
        with self._faults.caught(), suppress(SessionClosed):
            yield

    async def _open(self, session_id: str) -> None:
        self._window.models.go_to(session_id)
        await self._client.open(session_id)

    def _enter(self, text: str) -> None:
        """Submit `text`; with nothing to submit, Enter is a nudge."""
        if text.strip():
            self._order(partial(self._submit, text))
        else:
            self._client.retry_now()

    async def _submit(self, text: str) -> None:
        models = self._window.models
        models.be_at(self._client.view.session_id)
        try:
            await self._client.submit(text, model=models.name or None)
        except NotQueued:
            self._window.give_back(text)

    def _edit(self, message_id: str) -> None:
        """Take a message back, unless it is under way by now."""
        exchange = self._client.view.exchange(message_id)
        self._client.discard(message_id)
        if exchange is not None and self._client.view.exchange(message_id) is None:
            self._window.give_back(exchange.text)

    def _decide(self, approval_id: str, decision: chat.Decision) -> None:
        with suppress(NotQueued):  # the view says so
            self._client.decide(approval_id, decision)

    def _confirm(self, checklist_id: str, accepted: bool) -> None:  # noqa: FBT001 - Qt's signal has it
        with suppress(NotQueued):  # the view says so
            self._client.confirm(checklist_id, accepted=accepted)

    def _rename(self, session_id: str, title: str) -> None:
        self._request(partial(self._client.rename, session_id, title))

    def _delete(self, session_id: str) -> None:
        if session_id == self._client.view.session_id:
            self._window.models.go_to("")
        self._request(partial(self._client.delete, session_id))

    def _enter_token(self, token: str) -> None:
        self._request(partial(self._log_in, token))

    async def _log_in(self, token: str) -> None:
        self._window.note(await self._login.enter(token, self._client.retry_now))

    def _show_settings(self) -> None:
        from tek_desktop.window.preferences import show_settings  # noqa: PLC0415 - rarely needed

        try:
            show_settings(self._window)
        except SettingsError as error:
            self._window.warn(str(error))

    def _ordered(self, call: Callable[[str], Awaitable[object]]) -> Callable[[str], None]:
        """Return a slot that has `call` carried out in its turn."""
        return lambda argument: self._order(partial(call, argument))

    def _order(self, order: Order) -> None:
        self._orders.put_nowait(order)

    def _request(self, request: Order) -> None:
        self._requests.put_nowait(request)
