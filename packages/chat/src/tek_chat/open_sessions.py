"""The sessions that a client has open: the one that is shown, and those still under way."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import reduce
from typing import TypeAlias

from reconnect_core import Event, Session
from reconnect_core.storage import Storage
from tek_chat.active_session import ActiveSession
from tek_chat.journal.journal import Journal, JournalError, JournalStorage
from tek_chat.view.view import View

Listener: TypeAlias = Callable[[Event], None]
SessionMaker: TypeAlias = Callable[[str, Storage | None], Session]

_logger = logging.getLogger(__name__)


class OpenSessions:
    """Opens sessions, runs them in `tasks`, and closes those that are left and settled.

    `make_session` returns a session of that id with that storage. `changed` is called after
    every change of what is shown, and `listeners` with every event of every session.
    """

    def __init__(  # noqa: PLR0913 - each has a name
        self,
        make_session: SessionMaker,
        journal: Journal | None,
        listeners: Sequence[Listener],
        tasks: asyncio.TaskGroup,
        changed: Callable[[], None],
        *,
        first: str,
    ) -> None:
        self._make_session, self._journal = make_session, journal
        self._listeners, self._tasks, self._changed = tuple(listeners), tasks, changed
        self._left: dict[str, View] = {}
        self._running: list[ActiveSession] = []
        self.current = self._opened(first)

    @property
    def all(self) -> set[ActiveSession]:
        """The current session, and those that were left and are not settled."""
        return {self.current, *self._running}

    async def start(self) -> None:
        """Start the current session, and those in which something was left unsent."""
        await self._start(self.current)
        for session_id in self._left_unsent():
            await self._start(self._opened(session_id))

    async def show(self, session_id: str) -> None:
        """Make another session the current one; "" is a new session."""
        left = self.current
        if left.is_at(session_id):
            return
        running = (each for each in self._running if session_id and each.is_at(session_id))
        found = next(running, None)
        self.current = found or self._opened(session_id)
        if found is None:
            await self._start(self.current)
        self._changed()
        self._leave_if_settled(left)

    def forget(self, session_id: str) -> None:
        """Forget a session that was deleted."""
        self._left.pop(session_id, None)
        if self._journal is not None:
            with suppress(JournalError):  # reported when the journal failed
                self._journal.forget(session_id)

    def retry_now(self) -> None:
        """End the wait for the next attempt, in every session."""
        for each in self._running:
            each.session.retry_now()

    async def close(self) -> None:
        """Close every session, within a second."""
        await asyncio.gather(*(each.session.close() for each in self.all))

    # ---- One session -------------------------------------------------------------------------

    def _left_unsent(self) -> Sequence[str]:
        if self._journal is not None:
            with suppress(JournalError):  # reported by the session's storage
                return self._journal.unsent()
        return ()

    def _opened(self, session_id: str) -> ActiveSession:
        storage = None if self._journal is None else self._journal.storage(session_id)
        session = self._make_session(session_id, storage)
        return ActiveSession(session, self._first_view(session_id, storage), self._view_changed)

    def _first_view(self, session_id: str, storage: JournalStorage | None) -> View:
        empty = View(session_id=session_id, is_saved=storage is not None)
        left = self._left.pop(session_id, empty)
        if storage is None or not storage.transcript:
            return replace(empty, session_id=left.session_id, items=left.items)
        return replace(reduce(View.after, storage.transcript, empty), is_from_log=True)

    async def _start(self, active: ActiveSession) -> None:
        await active.session.__aenter__()
        self._running.append(active)
        self._tasks.create_task(self._run(active))

    async def _run(self, active: ActiveSession) -> None:
        try:
            async for event in active.session:
                active.apply(event)
                self._tell_listeners(event)
                self._leave_if_settled(active)
        finally:
            await active.session.close()

    def _tell_listeners(self, event: Event) -> None:
        for listener in self._listeners:
            try:
                listener(event)
            except Exception:  # a listener must not end the chat
                _logger.exception("a listener failed at %s", type(event).__name__)

    def _leave_if_settled(self, active: ActiveSession) -> None:
        """Close a session that is not shown and is settled, and keep its view."""
        is_busy = active is self.current or not active.view.is_settled
        if is_busy or active not in self._running:
            return
        self._running.remove(active)
        if active.view.session_id:
            self._left[active.view.session_id] = active.view
        self._tasks.create_task(active.session.close())

    def _view_changed(self, active: ActiveSession) -> None:
        if active is self.current:
            self._changed()
