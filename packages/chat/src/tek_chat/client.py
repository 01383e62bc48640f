"""A chat: a client drives one session at a time and owns the view of it."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing, suppress
from typing import Self

import msgspec

from reconnect_core import (
    Backoff,
    Connection,
    Heartbeat,
    NotQueued,
    Phase,
    Provider,
    RealWorld,
    Received,
    RequestFailed,
    Session,
    SessionClosed,
    World,
)
from reconnect_core.storage import Storage
from tek_chat.active_session import ActiveSession
from tek_chat.journal.journal import Journal, JournalError
from tek_chat.open_sessions import Listener, OpenSessions
from tek_chat.orders import Order, Orders
from tek_chat.tek_dialect import TEK_DIALECT
from tek_chat.view import wording
from tek_chat.view.client_events import Warned
from tek_chat.view.steps import Consent
from tek_chat.view.steps_parse import CONSENT
from tek_chat.view.view import View
from tek_protocol import DecodeError, chat, decode

_logger = logging.getLogger(__name__)

_LIST: msgspec.json.Decoder[chat.SessionList] = msgspec.json.Decoder(chat.SessionList)
_MODELS: msgspec.json.Decoder[chat.ModelList] = msgspec.json.Decoder(chat.ModelList)


class Client:
    """What a UI holds: `view` to draw, `submit` to call.

    An async context manager. `url` and `token` are as for `reconnect_core.Session`. `listeners`
    are called with every event of every session, once the view has it; what one raises is logged.
    `journal`, which the client closes, keeps everything for the next start: with it,
    `session_id` None opens the session that was used last, and what was left unsent in other
    sessions is sent as well. "" opens a new session. `model` names the model that answers from
    now on, "" the gateway's default.

    A UI that must not wait gives its calls to `order` or `request` instead of awaiting them.
    `on_failure` is called with what an order raises; by default the view shows it.
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
        self._journal, self._world = journal, world or RealWorld()
        self.model = ""
        self.on_failure: Callable[[Exception], None] = self._show_failure
        self._orders = Orders(self._order_failed)
        self._order_tasks: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Event()
        self._closing = AsyncExitStack()
        self._tasks = asyncio.TaskGroup()
        self._is_closed = False

        def make_session(session_id: str, storage: Storage | None) -> Session:
            return Session(
                url,
                session_id=session_id,
                token=token,
                dialect=TEK_DIALECT,
                storage=storage,
                backoff=backoff,
                heartbeat=heartbeat,
                world=self._world,
            )

        self._open = OpenSessions(
            make_session,
            journal,
            listeners,
            self._tasks,
            self._changed.set,
            first=self._last_session() if session_id is None else session_id,
        )

    # ---- For the UI --------------------------------------------------------------------------

    @property
    def view(self) -> View:
        """What to show now."""
        return self._current.view

    @property
    def connection(self) -> Connection:
        """The state of the current session's connection."""
        return self._current.session.connection

    @property
    def is_settled(self) -> bool:
        """Whether nothing waits to be sent and no answer is due, in any session."""
        return all(each.view.is_settled for each in self._open.all)

    async def views(self) -> AsyncGenerator[View]:
        """Yield the view now and after every change; a slow reader gets only the newest."""
        shown: View | None = None
        while shown is None or shown.connection.phase is not Phase.CLOSED:
            if self.view is shown:
                self._changed.clear()
                await self._changed.wait()
                continue
            shown = self.view
            yield shown

    def order(self, order: Order) -> None:
        """Run `order` after every earlier one, while the client is open.

        For what changes the chat: `submit`, `retry`, `open`. The view shows a `NotQueued`; every
        other exception goes to `on_failure`, but `SessionClosed`.
        """
        self._orders.put(order)

    def request(self, request: Order) -> None:
        """Run `request` at once, beside the orders.

        For what waits for the gateway's answer: `stop`, `rename`, `delete`. Failures are handled
        as those of an order.
        """
        self._run_until_closed(self._orders.run_now(request))

    async def submit(self, text: str, *, model: str | None = None) -> str:
        """Queue a message of the user and return its id; `model` is for this message only.

        Raises `NotQueued`, which the view shows as well, so that a UI need only keep the draft,
        and `SessionClosed` once the client is closed.
        """
        return await self._current.submit(text, self.model if model is None else model)

    async def carry_over(self) -> str:
        """Send the new session what was said in the lost one; raises as `submit` does."""
        return await self.submit(wording.carried(self.view.left_behind))

    async def retry(self, message_id: str) -> None:
        """Send an uncertain or failed message again, on the user's request; any other stays.

        Raises as `submit` does.
        """
        await self._current.retry(message_id, self.model)

    def discard(self, message_id: str) -> None:
        """Remove a message that is not being sent from the outbox and the view.

        Raises `SessionClosed` once the client is closed.
        """
        self._current.discard(message_id)

    async def stop(self) -> None:
        """End the answer that is due, and keep its text.

        Raises `RequestFailed`, always with a plain gateway, and `SessionClosed`.
        """
        await self._current.stop()

    def decide(self, approval_id: str, decision: chat.Decision) -> None:
        """Answer a pending approval; any other stays.

        The decision is for the turn that waits for it: it is written on the current connection,
        at most once, and never on a later one. If that connection is lost first, a plain
        gateway's turn has ended with it, and the approval lapses. A gateway that resumes the turn
        asks again, unless the session's log shows that the decision arrived.

        Raises `NotQueued` without a connection, which the view shows as well, with the approval
        still pending, and `SessionClosed` once the client is closed.
        """
        answer = chat.ToolApproval(self._world.name(), approval_id, decision)
        self._current.decide(approval_id, CONSENT[decision], answer)

    def confirm(self, checklist_id: str, *, accepted: bool) -> None:
        """Answer a pending checklist, as `decide` does an approval."""
        state = Consent.ACCEPTED if accepted else Consent.DENIED
        answer = chat.PreflightAnswer(self._world.name(), checklist_id, accepted)
        self._current.decide(checklist_id, state, answer)

    def retry_now(self) -> None:
        """End the wait for the next attempt."""
        self._open.retry_now()

    async def settled(self) -> View:
        """Return the view once all orders so far have run and nothing is unsent or unanswered."""
        await self._orders.done()
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
        """Give a session a title; "" removes it. Raises as `sessions` does.

        An older gateway does not answer, or refuses.
        """
        await self._ask({"type": "session.rename", "sessionId": session_id, "title": title})

    async def delete(self, session_id: str) -> None:
        """Delete a session here and at the gateway, and leave it. Raises as `rename` does."""
        is_shown = self._current.is_at(session_id)
        if is_shown:  # first, or its view would announce that the session is lost
            await self.open("")
        try:
            await self._ask({"type": "session.delete", "sessionId": session_id})
        except RequestFailed:
            if is_shown:
                await self.open(session_id)
            raise
        self._open.forget(session_id)

    async def open(self, session_id: str) -> None:
        """Show another session, or with "" a new one.

        A session that is left while its messages are unsent or unanswered goes on until they are
        answered. Raises `SessionClosed` once the client is closed.
        """
        if self._is_closed:
            message = "the client is closed"
            raise SessionClosed(message)
        await self._open.show(session_id)

    def warn(self, problem: str) -> None:
        """Show the user a problem that the client itself cannot know of."""
        self._current.apply(Warned(problem))

    async def close(self) -> None:
        """Close every session, within a second."""
        self._is_closed = True
        await self._open.close()

    async def __aenter__(self) -> Self:
        """Start the first session, and those in which something was left unsent."""
        if self._journal is not None:
            self._closing.push_async_callback(self._journal.close)
        await self._closing.enter_async_context(self._tasks)
        self._closing.callback(self._cancel_orders)
        self._run_until_closed(self._orders.run())
        self._closing.push_async_callback(self.close)
        await self._open.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close, and wait until every session has ended; the body's error stays as it is."""
        await self._closing.aclose()

    # ---- Orders ------------------------------------------------------------------------------

    def _run_until_closed(self, work: Coroutine[object, object, None]) -> None:
        task = self._tasks.create_task(work)
        self._order_tasks.add(task)
        task.add_done_callback(self._order_tasks.discard)

    def _cancel_orders(self) -> None:
        for task in self._order_tasks:
            task.cancel()

    def _order_failed(self, error: Exception) -> None:
        match error:
            case NotQueued() | SessionClosed():
                pass  # the view shows why, or the chat is being left
            case _:
                self.on_failure(error)

    def _show_failure(self, error: Exception) -> None:
        if not isinstance(error, RequestFailed):
            _logger.error("an order failed", exc_info=error)
        self.warn(str(error) or type(error).__name__)

    # ---- Sessions ----------------------------------------------------------------------------

    @property
    def _current(self) -> ActiveSession:
        return self._open.current

    async def _ask(self, question: Mapping[str, object]) -> Received:
        """Return the answer to a question that any open session can ask."""
        while True:
            asked = self._current
            try:
                return await asked.session.request(question)
            except SessionClosed:  # the user has opened another session, which can be asked, too
                if self._is_closed or asked is self._current:
                    raise

    def _last_session(self) -> str:
        if self._journal is not None:
            with suppress(JournalError):  # reported by the session's storage
                return self._journal.last_session()
        return ""
