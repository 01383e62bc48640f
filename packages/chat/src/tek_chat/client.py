"""A chat: it drives one session at a time and owns the view of it.

It must never draw, and never decide what an event means: the view does.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from types import TracebackType
from typing import Self, TypeAlias

import msgspec

from reconnect_core import (
    Backoff,
    Connection,
    Event,
    Heartbeat,
    NotQueued,
    Phase,
    Provider,
    RealWorld,
    Session,
    World,
)
from reconnect_core.events import Discarded
from tek_chat.view import Kind, View
from tek_protocol import chat, decode

Listener: TypeAlias = Callable[[Event], None]

_LIST: msgspec.json.Decoder[chat.SessionList] = msgspec.json.Decoder(chat.SessionList)


class Client:
    """What a UI holds: `view` to draw, `submit` to call.

    An async context manager. `url` and `token` are as for `reconnect_core.Session`; `listeners`
    are called with every event, in order, after the view has taken it in, and must not raise.
    """

    def __init__(  # noqa: PLR0913 - each has a name and a default
        self,
        url: str | Provider,
        *,
        session_id: str = "",
        token: Provider | None = None,
        backoff: Backoff | None = None,
        heartbeat: Heartbeat | None = None,
        world: World | None = None,
        listeners: Sequence[Listener] = (),
    ) -> None:
        self._url, self._token = url, token
        self._backoff, self._heartbeat = backoff, heartbeat
        self._world = world or RealWorld()
        self._listeners = tuple(listeners)
        self._changed = asyncio.Event()
        self._tasks = asyncio.TaskGroup()
        self._left: dict[str, View] = {}
        self._others: list[_Conversation] = []
        self._current = self._conversation(session_id)

    # ---- For the UI --------------------------------------------------------------------------

    @property
    def view(self) -> View:
        """What to show now."""
        return self._current.view

    @property
    def connection(self) -> Connection:
        """The state of the current session's connection."""
        return self._current.session.connection

    async def views(self) -> AsyncIterator[View]:
        """Yield the view now and after every change; one that was slow gets only the newest."""
        shown: View | None = None
        while shown is None or shown.connection.phase is not Phase.CLOSED:
            if self.view is shown:
                self._changed.clear()
                await self._changed.wait()
                continue
            shown = self.view
            yield shown

    async def submit(self, text: str) -> str:
        """Queue a message of the user and return its id.

        Raises `NotQueued`, which the view shows as well, so that a UI need only keep the draft.
        """
        try:
            return await self._current.session.send({"type": "chat.send", "content": text})
        except NotQueued as error:
            self._show(self.view.noting(Kind.ERROR, str(error)))
            raise

    async def retry(self, message_id: str) -> None:
        """Send an uncertain or failed message again, as the user asked."""
        try:
            self._current.session.resend(message_id)
        except KeyError:  # the gateway had refused it: it is a new message then
            exchange = self.view.exchange(message_id)
            if exchange is not None:
                await self.submit(exchange.text)

    def discard(self, message_id: str) -> None:
        """Take a message that is not under way out of the outbox and out of sight."""
        try:
            self._current.session.discard(message_id)
        except KeyError:  # the gateway had refused it: only the view still has it
            self._show(self.view.after(Discarded(message_id)))

    def retry_now(self) -> None:
        """End the wait for the next attempt."""
        for conversation in (self._current, *self._others):
            conversation.session.retry_now()

    async def sessions(self) -> tuple[chat.SessionInfo, ...]:
        """Return the gateway's sessions, newest first.

        Raises `RequestFailed` and `SessionClosed`, and `DecodeError` for a malformed answer.
        """
        answer = await self._current.session.request({"type": "session.list"})
        return decode(answer.text, _LIST).sessions

    async def open(self, session_id: str) -> None:
        """Show another session, or with "" a new one.

        A session that is left with messages under way goes on until they are answered.
        """
        left = self._current
        if session_id and session_id == left.view.session_id:
            return
        self._others.append(left)
        found = [each for each in self._others if each.view.session_id == session_id != ""]
        self._current = found[0] if found else self._conversation(session_id)
        if found:
            self._others.remove(found[0])
        else:
            self._tasks.create_task(self._run(self._current))
        self._changed.set()
        await self._leave_if_settled(left)

    async def close(self) -> None:
        """Close every session, within a second."""
        everyone = (self._current, *self._others)
        await asyncio.gather(*(each.session.close() for each in everyone))

    async def __aenter__(self) -> Self:
        """Start the first session."""
        await self._tasks.__aenter__()
        self._tasks.create_task(self._run(self._current))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close, and wait until every session has ended."""
        await self.close()
        await self._tasks.__aexit__(kind, error, traceback)

    # ---- Sessions ----------------------------------------------------------------------------

    def _conversation(self, session_id: str) -> "_Conversation":
        session = Session(
            self._url,
            session_id=session_id,
            token=self._token,
            backoff=self._backoff,
            heartbeat=self._heartbeat,
            world=self._world,
        )
        seen = self._left.pop(session_id, View(session_id=session_id))
        return _Conversation(session, seen)

    async def _run(self, conversation: "_Conversation") -> None:
        async with conversation.session:
            async for event in conversation.session:
                conversation.view = conversation.view.after(event)
                if conversation is self._current:
                    self._changed.set()
                for listener in self._listeners:
                    listener(event)
                await self._leave_if_settled(conversation)

    async def _leave_if_settled(self, conversation: "_Conversation") -> None:
        """Hang up a session that is not shown and has nothing under way; keep what it said."""
        if conversation not in self._others or not conversation.view.is_settled:
            return
        self._others.remove(conversation)
        if conversation.view.session_id:
            self._left[conversation.view.session_id] = conversation.view
        await conversation.session.close()

    def _show(self, view: View) -> None:
        self._current.view = view
        self._changed.set()


class _Conversation:
    """A session and the view of it, which goes on from `view`."""

    def __init__(self, session: Session, view: View) -> None:
        self.session = session
        self.view = View(session_id=view.session_id, items=view.items)
