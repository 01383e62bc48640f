"""A chat: it drives one session at a time and owns the view of it.

It must never draw, and never decide what an event means: the view does.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing, suppress
from dataclasses import replace
from functools import reduce
from types import TracebackType
from typing import Self, TypeAlias

import msgspec

from reconnect_core import (
    Backoff,
    Connection,
    Event,
    Heartbeat,
    NotQueued,
    NotSaved,
    Phase,
    Provider,
    RealWorld,
    Received,
    RequestFailed,
    RequestRefused,
    Session,
    SessionClosed,
    World,
)
from reconnect_core.events import Discarded, Queued
from tek_chat.journal.journal import Journal, JournalError
from tek_chat.tek_dialect import TEK_DIALECT
from tek_chat.view import wording
from tek_chat.view.items import ASIDE
from tek_chat.view.steps import Consent
from tek_chat.view.steps_parse import CONSENT
from tek_chat.view.view import Kind, View
from tek_protocol import DecodeError, chat, decode, encode, read_object

Listener: TypeAlias = Callable[[Event], None]

_logger = logging.getLogger(__name__)

_LIST: msgspec.json.Decoder[chat.SessionList] = msgspec.json.Decoder(chat.SessionList)
_MODELS: msgspec.json.Decoder[chat.ModelList] = msgspec.json.Decoder(chat.ModelList)


class Client:
    """What a UI holds: `view` to draw, `submit` to call.

    An async context manager. `url` and `token` are as for `reconnect_core.Session`; `listeners`
    are called with every event of every session, after the view has taken it in; what one raises
    is logged. What a user does is in the view when the call returns. `journal`, which the client
    closes, keeps all of it for the next start: `session_id` None is the session that was used
    last, and what was left unsent elsewhere is sent as well. "" is a new session. `model` names
    the one that is asked to answer from now on, where it is not "".
    """

    def __init__(  # noqa: PLR0913 - each has a name and a default
        self,
        url: str | Provider,
        *,
        session_id: str | None = None,
        token: Provider | None = None,
        journal: Journal | None = None,
        backoff: Backoff | None = None,
        heartbeat: Heartbeat | None = None,
        world: World | None = None,
        listeners: Sequence[Listener] = (),
    ) -> None:
        self._url, self._token, self._journal = url, token, journal
        self._backoff, self._heartbeat = backoff, heartbeat
        self._world = world or RealWorld()
        self._listeners = tuple(listeners)
        self.model = ""
        self._changed = asyncio.Event()
        self._closing = AsyncExitStack()
        self._tasks = asyncio.TaskGroup()
        self._is_closed = False
        self._is_unsaved = False
        self._left: dict[str, View] = {}
        self._running: list[_Conversation] = []
        self._current = self._conversation(self._first(session_id))

    # ---- For the UI --------------------------------------------------------------------------

    @property
    def view(self) -> View:
        """What to show now."""
        return self._current.view

    @property
    def keeps(self) -> bool:
        """Whether what is said here outlives the process."""
        return self._journal is not None

    @property
    def connection(self) -> Connection:
        """The state of the current session's connection."""
        return self._current.session.connection

    @property
    def saves(self) -> bool:
        """Whether what is submitted outlives this process."""
        return self._journal is not None and not self._is_unsaved

    @property
    def is_settled(self) -> bool:
        """Whether nothing waits to be sent and no answer is due, in any session."""
        return all(each.view.is_settled for each in {self._current, *self._running})

    async def views(self) -> AsyncGenerator[View]:
        """Yield the view now and after every change; one that was slow gets only the newest."""
        shown: View | None = None
        while shown is None or shown.connection.phase is not Phase.CLOSED:
            if self.view is shown:
                self._changed.clear()
                await self._changed.wait()
                continue
            shown = self.view
            yield shown

    async def submit(self, text: str, *, model: str | None = None) -> str:
        """Queue a message of the user and return its id; `model` is for this one only.

        Raises `NotQueued`, which the view shows as well, so that a UI need only keep the draft,
        and `SessionClosed` once the client is closed.
        """
        return await self._submit(self._current, text, self.model if model is None else model)

    async def carry_over(self) -> str:
        """Tell the new session what was said in the one that was lost; raises as `submit` does."""
        return await self.submit(wording.carried(self.view.left_behind))

    async def retry(self, message_id: str) -> None:
        """Send an uncertain or failed message again, as the user asked; any other is left alone.

        Raises as `submit` does.
        """
        conversation = self._current
        exchange = conversation.view.exchange(message_id)
        if exchange is None or exchange.delivery not in ASIDE:
            return
        try:
            conversation.session.resend(message_id)
        except KeyError:  # only the view still has it: it is a new message then
            await self._submit(conversation, exchange.text, self.model)
            self._happened(conversation, Discarded(message_id))
        else:
            self._happened(conversation, Queued(message_id, {"content": exchange.text}))

    def discard(self, message_id: str) -> None:
        """Take a message that is not under way out of the outbox and out of sight.

        Raises `SessionClosed` once the client is closed.
        """
        conversation = self._current
        exchange = conversation.view.exchange(message_id)
        try:
            conversation.session.discard(message_id)
        except KeyError:  # only the view has it, or it is under way
            if exchange is None or exchange.delivery not in ASIDE:
                return
        self._happened(conversation, Discarded(message_id))

    async def stop(self) -> None:
        """End the answer that is due; what there is of it stays.

        Raises `RequestFailed`, which with a plain gateway it always does, and `SessionClosed`.
        """
        conversation, due = self._current, self.view.due
        if due is None:
            return
        if not conversation.session.connection.resumes:
            message = "this gateway cannot stop an answer"
            raise RequestFailed(message)
        try:
            await conversation.session.request({"type": "chat.stop", "requestId": due})
        except RequestRefused as refused:
            if refused.code != "TURN_NOT_FOUND":  # it has ended meanwhile
                raise

    def decide(self, approval_id: str, decision: chat.Decision) -> None:
        """Answer a pending approval; any other is left alone.

        The decision is for the turn that waits for it: it is written on the connection that there
        is now, at most once, and never kept for a later one. If that is lost first, a plain
        gateway's turn has ended with it, and the approval lapses; one that resumes its turn has
        the approval pending again, unless the session's log shows that the decision arrived.

        Raises `NotQueued`, with the approval still pending, when there is no connection, which
        the view shows as well, and `SessionClosed` once the client is closed.
        """
        answer = chat.ToolApproval(self._world.name(), approval_id, decision)
        self._decide(approval_id, CONSENT[decision], answer)

    def confirm(self, checklist_id: str, *, accepted: bool) -> None:
        """Answer a pending checklist, as `decide` does an approval."""
        state = Consent.ACCEPTED if accepted else Consent.DENIED
        answer = chat.PreflightAnswer(self._world.name(), checklist_id, accepted)
        self._decide(checklist_id, state, answer)

    def retry_now(self) -> None:
        """End the wait for the next attempt."""
        for conversation in self._running:
            conversation.session.retry_now()

    async def settled(self) -> View:
        """Return the view once nothing waits to be sent and no answer is due."""
        async with aclosing(self.views()) as views:
            async for view in views:
                if view.is_settled:
                    return view
        return self.view

    async def sessions(self) -> tuple[chat.SessionInfo, ...]:
        """Return the gateway's sessions, newest first.

        Raises `RequestFailed`, and `SessionClosed` once the client is closed.
        """
        answer = await self._ask({"type": "session.list"})
        try:
            return decode(answer.text, _LIST).sessions
        except DecodeError as error:
            message = "the gateway's list of sessions cannot be read"
            raise RequestFailed(message) from error

    async def models(self) -> tuple[chat.ModelInfo, ...]:
        """Return the models that the gateway has, the default first. Raises as `sessions` does.

        An older gateway does not answer, or refuses.
        """
        answer = await self._ask({"type": "model.list"})
        try:
            return decode(answer.text, _MODELS).models
        except DecodeError as error:
            message = "the gateway's list of models cannot be read"
            raise RequestFailed(message) from error

    async def rename(self, session_id: str, title: str) -> None:
        """Give a session a title; "" takes it away. Raises as `sessions` does.

        An older gateway does not answer, or refuses.
        """
        await self._ask({"type": "session.rename", "sessionId": session_id, "title": title})

    async def delete(self, session_id: str) -> None:
        """Delete a session here and at the gateway, and leave it. Raises as `rename` does."""
        is_shown = self._current.is_at(session_id)
        if is_shown:  # first: it would be told that the session is lost
            await self.open("")
        try:
            await self._ask({"type": "session.delete", "sessionId": session_id})
        except RequestFailed:
            if is_shown:
                await self.open(session_id)
            raise
        self._left.pop(session_id, None)
        if self._journal is not None:
            with suppress(JournalError):  # it was told of when the journal failed
                self._journal.forget(session_id)

    async def open(self, session_id: str) -> None:
        """Show another session, or with "" a new one.

        A session that is left with messages under way goes on until they are answered. Raises
        `SessionClosed` once the client is closed.
        """
        if self._is_closed:
            message = "the client is closed"
            raise SessionClosed(message)
        left = self._current
        if left.is_at(session_id):
            return
        there = (each for each in self._running if session_id and each.is_at(session_id))
        found = next(there, None)
        self._current = found or self._conversation(session_id)
        if found is None:
            await self._start(self._current)
        self._changed.set()
        self._leave_if_settled(left)

    def warn(self, problem: str) -> None:
        """Show the user something that is wrong, and that the client itself cannot know."""
        self._show(self._current, self.view.noting(Kind.ERROR, problem))

    async def close(self) -> None:
        """Close every session, within a second."""
        self._is_closed = True
        everyone = {self._current, *self._running}
        await asyncio.gather(*(each.session.close() for each in everyone))

    async def __aenter__(self) -> Self:
        """Start the first session, and those in which something was left unsent."""
        if self._journal is not None:
            self._closing.push_async_callback(self._journal.close)
        await self._closing.enter_async_context(self._tasks)
        self._closing.push_async_callback(self.close)
        await self._start(self._current)
        for session_id in self._left_unsent():
            await self._start(self._conversation(session_id))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close, and wait until every session has ended; the body's error stays as it is."""
        await self._closing.aclose()

    # ---- Sessions ----------------------------------------------------------------------------

    async def _ask(self, question: Mapping[str, object]) -> Received:
        """Return the answer to a question that any session can ask, even one that is left."""
        while True:
            asked = self._current
            try:
                return await asked.session.request(question)
            except SessionClosed:  # the user has gone to another session, which can be asked too
                if self._is_closed or asked is self._current:
                    raise

    def _first(self, session_id: str | None) -> str:
        if session_id is not None or self._journal is None:
            return session_id or ""
        with suppress(JournalError):  # the session's storage tells of it
            return self._journal.last_session()
        return ""

    def _left_unsent(self) -> Sequence[str]:
        if self._journal is not None:
            with suppress(JournalError):  # as above
                return self._journal.unsent()
        return ()

    def _conversation(self, session_id: str) -> "_Conversation":
        storage = None if self._journal is None else self._journal.storage(session_id)
        session = Session(
            self._url,
            session_id=session_id,
            token=self._token,
            dialect=TEK_DIALECT,
            storage=storage,
            backoff=self._backoff,
            heartbeat=self._heartbeat,
            world=self._world,
        )
        left = self._left.pop(session_id, View(session_id=session_id))
        if storage is None or not storage.transcript:
            return _Conversation(session, View(session_id=left.session_id, items=left.items))
        read = reduce(View.after, storage.transcript, View(session_id=session_id))
        return _Conversation(session, replace(read, is_from_log=True))

    async def _start(self, conversation: "_Conversation") -> None:
        await conversation.session.__aenter__()
        self._running.append(conversation)
        self._tasks.create_task(self._run(conversation))

    async def _run(self, conversation: "_Conversation") -> None:
        try:
            async for event in conversation.session:
                self._happened(conversation, event)
                self._tell(event)
                self._leave_if_settled(conversation)
        finally:
            await conversation.session.close()

    def _tell(self, event: Event) -> None:
        for listener in self._listeners:
            try:
                listener(event)
            except Exception:  # whoever only listens must not end the conversation
                _logger.exception("a listener failed at %s", type(event).__name__)

    def _leave_if_settled(self, conversation: "_Conversation") -> None:
        """Hang up a session that is not shown and has nothing under way; keep what it said."""
        is_busy = conversation is self._current or not conversation.view.is_settled
        if is_busy or conversation not in self._running:
            return
        self._running.remove(conversation)
        if conversation.view.session_id:
            self._left[conversation.view.session_id] = conversation.view
        self._tasks.create_task(conversation.session.close())

    async def _submit(self, conversation: "_Conversation", text: str, model: str) -> str:
        named = {"model": model} if model else {}
        message = {"type": "chat.send", "content": text, **named}
        try:
            message_id = await conversation.session.send(message)
        except TypeError as error:  # bytes that somebody has taken for text
            raise self._refused(conversation, NotQueued(str(error))) from error
        except NotQueued as error:
            raise self._refused(conversation, error) from None
        if conversation.view.exchange(message_id) is None:  # else its event was faster
            self._happened(conversation, Queued(message_id, message))
        return message_id

    def _decide(
        self, question_id: str, state: Consent, answer: chat.ToolApproval | chat.PreflightAnswer
    ) -> None:
        conversation = self._current
        decided = conversation.view.deciding(question_id, state)
        if decided is conversation.view:
            return
        try:
            conversation.session.signal(read_object(encode(answer)))
        except NotQueued as error:
            raise self._refused(conversation, error) from None
        self._show(conversation, decided)

    def _refused(self, conversation: "_Conversation", error: NotQueued) -> NotQueued:
        self._show(conversation, conversation.view.noting(Kind.ERROR, str(error)))
        return error

    def _happened(self, conversation: "_Conversation", event: Event) -> None:
        self._is_unsaved = self._is_unsaved or isinstance(event, NotSaved)
        self._show(conversation, conversation.view.after(event))

    def _show(self, conversation: "_Conversation", view: View) -> None:
        conversation.view = view
        if conversation is self._current:
            self._changed.set()


class _Conversation:
    """A session and the view of it, which goes on from `view`."""

    def __init__(self, session: Session, view: View) -> None:
        self.session = session
        self.view = view

    def is_at(self, session_id: str) -> bool:
        """Return whether this is the session of that name, or for "" one that is all new."""
        return self.session.session_id == session_id if session_id else self.view.is_new
